# What the walls between the processes rest on, read from the binaries and
# the sources: what each binary may call and links, who includes what, and
# and who handles which message.  Prints what is wrong; exits 1 if anything.
#
#	walls.py symbols BUILD | libraries BUILD | hardening BUILD
#	walls.py includes TOP | messages TOP
import fnmatch
import os
import re
import subprocess
import sys

KINDS = ("supervisor", "store", "secrets", "control", "network", "apps",
         "egress", "logger", "watcher")

# Functions of libraries that work on memory, on a descriptor that the
# process was given, or on the process itself without taking or giving any
# right.  Names without leading underscores and without _chk.
HARMLESS = """
    ITM_* cxa_* gmon_start* libc_start_main stack_chk_fail errno_location
    ctype_* isoc* assert_fail libc_current_sigrt*
    mem* str* bcmp explicit_bzero freezero
    malloc malloc_trim mallopt calloc realloc reallocarray recallocarray free
    snprintf vsnprintf asprintf vasprintf fprintf vfprintf fputs fputc
    fwrite printf puts putchar perror stderr stdout
    qsort bsearch arc4random* localeconv getenv
    clock_gettime time gettimeofday gmtime_r tzset timegm
    regcomp regexec regfree regerror
    event_* evutil_* yajl_* setproctitle*
    exit exit_group abort
    read write readv writev pread pwrite close recvmsg sendmsg fcntl poll
    fstat fsync fdatasync lseek
    umask signal sysconf getpagesize
    getpid getppid getuid geteuid getgid getegid getrlimit
"""

# What else each may call, and what for.  Everything that gains, gives or
# touches something of the system is here or it is not called at all.
SANDBOX = {
    "chdir": "into the folder that becomes the root",
    "chroot": "into it, once",
    "setgroups": "to none but its own",
    "setresgid": "to the group of the process",
    "setresuid": "to the user of the process",
    "setuid": "tried, and must fail, once the user was changed",
    "getgroups": "verified after the change",
    "getresgid": "verified after the change",
    "getresuid": "verified after the change",
    "setrlimit": "downwards only",
    "prctl": "no_new_privs, dumpable, death signal, name",
}
ALLOWED = {
    "supervisor": {},
    "store": {
        "openat": "state.json and its kin in the state folder",
        "open": "that folder itself",
        "fstatat": "what lies there under those names",
        "linkat": "the backup is a second name of the state",
        "renameat": "a new state replaces the old one at once",
        "unlinkat": "temporary files of an earlier life",
    },
    "secrets": {
        "openat": "secrets.enc and its kin in their folder",
        "open": "that folder itself",
        "fstatat": "what lies there under those names",
        "linkat": "the backup is a second name",
        "renameat": "a new file replaces the old one at once",
        "unlinkat": "temporary files of an earlier life",
    },
    "control": {
        "accept4": "on the listeners that it is given",
        "getsockopt": "is it a listener? who is the peer?",
        "getpeereid": "who is the peer?",
    },
    "network": {
        "accept4": "on the listeners that it is given",
        "getsockopt": "is it a listener?",
        "shutdown": "of a connection that ends: it may read what is left",
        "send": "to a client, without a signal",
        "inet_ntop": "an address as text",
    },
    "apps": {
        "accept4": "on the sockets of apps that it is given",
        "shutdown": "of an app that does not read",
        "getpeereid": "who is the app?",
        "send": "to an app",
    },
    "egress": {
        "socket": "to connect",
        "connect": "to what the parent named",
        "getsockopt": "did that succeed?",
        "send": "a request that raises no signal",
        "inet_ntop": "an address as text",
    },
    "logger": {
        "open": "log files in the log folder",
        "lstat": "is the file still the one that is open?",
        "rename": "rotation",
        "unlink": "the oldest of a rotation",
        "fchmod": "log mode",
        "fchown": "log group, as far as it is in it",
    },
    "watcher": {
        "inotify_init1": "to be told of changes",
        "inotify_add_watch": "in each folder",
        "inotify_rm_watch": "and no more in one that left",
        "opendir": "the names in a folder, as its user may see them",
        "readdir": "the same",
        "closedir": "the same",
        "dirfd": "the same",
        "fstatat": "is an entry a folder? is it new?",
        "stat": "is the folder still the one that is watched?",
        "lstat": "is a file that was made to be written yet?",
        "fnmatch": "patterns of names to ignore",
        "open": "the root of the file system, to name it to Landlock",
        "syscall": "Landlock, which has no functions in libc",
    },
}

# Of those that link more: what works on memory and on sockets that they have.
CRYPTO = """
    ASN1_* BIO_* BN_* CRYPTO_* ECDSA_* ERR_* EVP_* OSSL_* PEM_* RAND_bytes
    X509_* i2d_* jwt_* json_*
"""
LIBRARY = {
    # keys, encryption and signatures in memory: no libjwt, no TLS
    "secrets": """
        BIO_free BIO_new_mem_buf BN_* CRYPTO_* ECDSA_* EVP_* HMAC
        OPENSSL_* PEM_read_bio_PrivateKey RAND_bytes d2i_ECDSA_SIG
    """,
    "network": CRYPTO + "SSL_* TLS_server_method bufferevent_* evbuffer_*",
}
# And never: files, and connections that they make themselves.
NEVER = """
    *_file *_files *_filename *_fp *_url* *_locations *_paths *_connect*
    BIO_s_file BIO_s_fd BIO_s_accept BIO_new_fd BIO_new_dgram OSSL_STORE_*
    SSL_CTX_load_* SSL_CTX_set_default_verify_* jwt_dump_fp
"""

# The libraries that each links; nothing that parses in the parent.
BASE = {"libc", "libbsd", "libmd", "libevent_core-2"}
LIBRARIES = {
    "omnitrond": BASE,
    "omnitrond-supervisor": BASE,
    "omnitrond-store": BASE | {"libyajl"},
    "omnitrond-secrets": BASE | {"libcrypto"},
    "omnitrond-control": BASE | {"libyajl"},
    "omnitrond-network": BASE | {"libyajl", "libssl", "libcrypto", "libjwt",
                                 "libjansson", "libb64",	# of libjwt
                                 "libevent_openssl-2"},
    "omnitrond-apps": BASE | {"libyajl"},
    "omnitrond-egress": BASE,
    "omnitrond-logger": BASE,
    "omnitrond-watcher": BASE,
    "omnitronctl": {"libc", "libbsd", "libmd", "libyajl"},
}


def output(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout


def undefined(binary):
    for line in output("nm", "-D", "--undefined-only", binary).splitlines():
        name = line.split()[-1].split("@")[0].lstrip("_")
        for tail in ("_chk", "_2"):
            if name.endswith(tail) and name != "stack_chk":
                name = name[:-len(tail)]
        yield name


def symbols(build):
    never = NEVER.split()
    for kind in KINDS:
        harmless = HARMLESS.split() + LIBRARY.get(kind, "").split()
        allowed = {**SANDBOX, **ALLOWED[kind]}
        found = set(undefined(f"{build}/omnitrond-{kind}"))
        found.discard("stack")
        if len(found) < 20:
            yield f"{kind}: only {len(found)} symbols: is it linked at all?"
        for name in sorted(found):
            if name not in allowed and (
                    any(fnmatch.fnmatchcase(name, p) for p in never) or
                    not any(fnmatch.fnmatchcase(name, p) for p in harmless)):
                yield (f"{kind}: may not call {name}: if it must, say in "
                       "walls.py what for")
        for name in sorted(set(allowed) - found):
            yield f"{kind}: {name} is allowed and not used"


def libraries(build):
    for binary, expected in LIBRARIES.items():
        found = set()
        for line in output("ldd", f"{build}/{binary}").splitlines():
            name = os.path.basename(line.split()[0])
            if not name.startswith(("linux-", "ld-")):
                found.add(re.sub(r"(\.\d+)?\.so.*", "", name))
        for name in sorted(found - expected):
            yield f"{binary} links {name}"


def hardening(build):
    for binary in LIBRARIES:
        path = f"{build}/{binary}"
        head = output("readelf", "-Wh", path)
        segments = output("readelf", "-Wl", path)
        dynamic = output("readelf", "-Wd", path)
        calls = output("nm", "-D", "--undefined-only", path)
        if not re.search(r"Type:\s+DYN", head):
            yield f"{binary}: not position independent"
        if not re.search(r"FLAGS_1.*\bPIE\b", dynamic):
            yield f"{binary}: no PIE"
        if "GNU_RELRO" not in segments or "BIND_NOW" not in dynamic and \
                not re.search(r"FLAGS_1.*\bNOW\b", dynamic):
            yield f"{binary}: relocations stay writable"
        if not re.search(r"GNU_STACK.* RW +0x", segments):
            yield f"{binary}: executable stack"
        if re.search(r"LOAD.* RWE ", segments):
            yield f"{binary}: memory that is written and executed"
        if "RPATH" in dynamic or "RUNPATH" in dynamic:
            yield f"{binary}: a search path of its own"
        if "__stack_chk_fail" not in calls:
            yield f"{binary}: no stack protector"
        if not re.search(r"_chk\b(?!_fail)", calls):
            yield f"{binary}: not fortified"


def sources(top, folder):
    for where, _, names in os.walk(f"{top}/{folder}"):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".y")):
                yield os.path.relpath(f"{where}/{name}", top)


def may_include(path, header):
    folder = os.path.dirname(path)
    if os.path.dirname(header) == "omnitrond/proto":    # a part of it
        return path == "omnitrond/proto.h"
    if header.startswith("common/"):
        return True
    if folder in ("common", "omnitronctl"):
        return os.path.dirname(header) == folder
    if os.path.dirname(header) == "omnitrond":
        return True
    if folder in ("omnitrond/control", "omnitrond/network"):
        return os.path.dirname(header) in (folder, "omnitrond/rpc")
    return os.path.dirname(header) == folder


def includes(top):
    seen = 0
    for folder in ("common", "omnitronctl", "omnitrond"):
        for path in sources(top, folder):
            with open(f"{top}/{path}", encoding="utf-8") as f:
                text = f.read()
            for header in re.findall(r'#\s*include\s+"([^"]*)"', text):
                seen += 1
                if header == "paths.h":    # generated, of the build
                    continue
                if not os.path.exists(f"{top}/{header}"):
                    yield f"{path}: {header} is not from the top"
                elif not may_include(path, header):
                    yield f"{path} includes {header}"
    if seen < 100:
        yield f"only {seen} includes found: is this the tree?"


def kinds(text, masks):
    """Of KB() and of masks that are made of it"""
    while name := re.search(r"\bKB_\w+", text):
        text = text.replace(name.group(0), masks[name.group(0)])
    return set(re.findall(r"KB\((\w+)\)", text))


def rows(top):
    """The rows of MESSAGES: name -> (senders, receivers)"""
    with open(f"{top}/omnitrond/proto.h", encoding="utf-8") as f:
        text = f.read()
    body = re.search(r"#define MESSAGES\(X\)(.*?[^\\])\n\n", text, re.S)
    body = re.sub(r"/\*.*?\*/|\\\n", " ", body.group(1), flags=re.S)
    masks = dict(re.findall(r"#define\s+(KB_\w+)\s+((?:.*\\\n)*.*)", text))
    table = {}
    for row in re.findall(r"\bX\(((?:[^()]|\([^()]*\))*)\)", body):
        cell = [c.strip() for c in row.split(",")]
        table[cell[0]] = (kinds(cell[1], masks), kinds(cell[2], masks))
    return table


def handlers(top):
    """The HANDLE rows in the sources: (name, path)"""
    for path in sources(top, "omnitrond"):
        if path.endswith(".h") and path != "omnitrond/rpc/receive.h":
            continue
        with open(f"{top}/{path}", encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", " ", f.read(), flags=re.S)
        for name in re.findall(r"\bHANDLE\(\s*(\w+)\s*,", text):
            yield name, path


def messages(top):
    # The receivers that a folder is part of.
    kinds_of = {"parent": ["PARENT"], "supervisor": ["SUPERVISOR"],
                "store": ["STORE"], "secrets": ["SECRETS"],
                "rpc": ["CONTROL", "LOCAL", "NETWORK"],
                "control": ["CONTROL", "LOCAL"], "network": ["NETWORK"],
                "apps": ["APPS"], "egress": ["EGRESS"],
                "logger": ["LOGGER"], "watcher": ["WATCHER"]}
    # Of all children: handled once, in what they share.
    shared = {"SETUP", "LINK", "GO", "PING"}
    table = rows(top)
    if len(table) < 50:
        yield f"only {len(table)} messages found: is this the table?"
    found = {}
    for name, path in handlers(top):
        if name not in table:
            yield f"{path}: handles {name}, which is no message"
            continue
        if name in shared:
            if path != "omnitrond/proc.c":
                yield f"{path}: handles {name}, which proc.c does"
            kinds_here = ["ALL"]
        else:
            folder = os.path.basename(os.path.dirname(path))
            kinds_here = [k for k in kinds_of.get(folder, [])
                          if k in table[name][1]]
            if not kinds_here:
                yield f"{path}: handles {name}, which is not for it"
        for kind in kinds_here:
            if (name, kind) in found:
                yield f"{path}: handles {name}, and {found[name, kind]} does"
            found[name, kind] = path
    for name, (senders, receivers) in table.items():
        if not senders or not receivers:
            yield f"{name}: nobody sends or gets it"
        for kind in {"ALL"} if name in shared else receivers:
            if (name, kind) not in found:
                yield f"{name}: nobody handles it in {kind}"


if __name__ == "__main__":
    wrong = list(globals()[sys.argv[1]](sys.argv[2]))
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
