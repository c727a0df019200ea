#!/usr/bin/env node
// greeter: a small service that others call by `omnitronctl exec`, in Node.
//
//	hello(name)	"hello, name"
//	add(a, b)	their sum
//	slow(ms)	answers later, and others meanwhile
//	fail()		an error
//
// On TERM it answers what it was asked before and ends.
'use strict';

const net = require('net');

const methods = {
	hello: (name) => `hello, ${name}`,
	add: (a, b) => a + b,
	slow: (ms) => new Promise((done) =>
		setTimeout(() => done('at last'), ms)),
	fail: () => { throw new Error('as you wished'); },
};

const path = process.env.OMNITRON_CHANNEL;
const heartbeat = Number(process.env.WATCHDOG_USEC || 10000000) / 2000;
let wait = 100;		// ms before the next try to connect
let open = 0;		// calls that are not answered yet
let ending = false;

function end()
{
	ending = true;
	if (open === 0)
		process.exit(0);
}
process.on('SIGTERM', end);

async function answer(send, request)
{
	const { method, params = {} } = request;

	if (method === 'health')
		return send({ id: request.id, result: { status: 'healthy' } });
	if (method === 'shutdown') {
		send({ id: request.id, result: { success: true } });
		return end();
	}
	if (!Object.hasOwn(methods, params.method))
		return send({ id: request.id, error: { code: -32601,
			message: 'no such method' } });
	open++;
	try {
		const result = await methods[params.method](...params.args);
		send({ id: request.id, result });
	} catch (e) {
		send({ id: request.id, error: { code: -32010,
			message: e.message, data: { code: 'FAILED' } } });
	}
	if (--open === 0 && ending)
		setImmediate(end);	// when it has been written
}

function connect()
{
	const sock = net.connect(path);
	const send = (message) =>
		sock.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
	let timer, rest = '';

	sock.setEncoding('utf8');
	sock.on('connect', () => {
		wait = 100;
		send({ method: 'register', params: { services: [ { name: 'greeter',
			version: '1.0', methods: Object.keys(methods) } ] } });
		send({ method: 'status', params: { text: 'greeting' } });
		send({ method: 'ready' });
		timer = setInterval(() => send({ method: 'heartbeat' }), heartbeat);
	});
	sock.on('data', (data) => {
		const lines = (rest + data).split('\n');
		rest = lines.pop();
		for (const line of lines)
			answer(send, JSON.parse(line));
	});
	sock.on('error', () => {});	// 'close' follows
	sock.on('close', () => {
		clearInterval(timer);
		setTimeout(connect, wait);
		wait = Math.min(wait * 2, 5000);
	});
}

connect();
