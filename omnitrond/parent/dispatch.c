/*
 * The privilege boundary: every message that the parent accepts, and who
 * handles it.  Sender, size, descriptor and state were checked before, by
 * the table of proto.h.
 */
#include "omnitrond/parent/parent.h"

const struct dispatch parent_dispatch[] = {
	/* any of our processes */
	HANDLE(READY, child_ready),
	HANDLE(SERVING, child_serving),
	HANDLE(BAD_PEER, child_bad_peer),
	HANDLE(PONG, watch_pong),
	HANDLE(AWAKE, watch_awake),
	/* its own configuration: taken, or why it cannot be */
	HANDLE(CONF_ACK, offer_ack),
	HANDLE(CONF_REFUSE, offer_refuse),
	/* apps asks whose a process is, and changes nothing by it */
	HANDLE(APP_WHO, apps_asked),
	/* the supervisor decides, by names that we look up ourselves */
	HANDLE(SPAWN, inst_spawn),
	HANDLE(STOP, inst_stop),
	HANDLE(SIGNAL, inst_signal),
	HANDLE(RUN, run_asked),
	HANDLE(RUN_END, run_end_asked),
	HANDLE(METER_ASK, meter_asked),
	HANDLE(EXIT_ACK, inst_exit_ack),
	HANDLE(ADOPT, adopt_asked),
	HANDLE(ADOPT_END, adopt_end),
	HANDLE(RELOAD, reload_asked),
	HANDLE(WATCH, watcher_asked),
	HANDLE(SHOW, show_asked),
	HANDLE(SHUTDOWN_ASK, shutdown_asked),
	HANDLE(SHUTDOWN_DONE, shutdown_done),
	HANDLE(SECRETS_NEED, secrets_need),
	/* a value for a spawn, of a key that we asked for */
	HANDLE(SECRET_TOLD, secret_told),
	/* a plane gives credit for an answer that the supervisor opened */
	HANDLE(OBJECT_GOT, object_got),
	HANDLE_END
};
