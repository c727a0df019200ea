# omnitrond: works with GNU make and with bmake.
#
#	make		build everything into build/
#	make demo	set up the machine, build, and watch it work
#	make regress	set up the machine, build, and run all tests
#	make install	DESTDIR= PREFIX=
#	make asan	build with the address and undefined-behaviour sanitizers
#	make lint	clang-tidy, cppcheck, mandoc
#
# The rules of single files are generated into $(BUILD)/rules.mk: one for each
# .c in the folders below, so that a new file needs no change here.

BUILD ?=	build
PREFIX ?=	/usr/local
SBINDIR ?=	$(PREFIX)/sbin
LIBEXECDIR ?=	$(PREFIX)/libexec/omnitron
LIBDIR ?=	$(PREFIX)/lib
INCLUDEDIR ?=	$(PREFIX)/include
MANDIR ?=	$(PREFIX)/share/man
SYSCONFDIR ?=	/etc
YACC ?=		yacc
PKG_CONFIG ?=	pkg-config
OBJCOPY ?=	objcopy
VERSION =	0.1.0
OPT ?=		-O2

WARN =		-Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes \
		-Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
		-Wno-unused-parameter
HARDEN ?=	-D_FORTIFY_SOURCE=3 -fstack-protector-strong \
		-fstack-clash-protection
LDHARDEN ?=	-pie -Wl,-z,relro,-z,now,-z,noexecstack
SOHARDEN ?=	-Wl,-z,relro,-z,now,-z,noexecstack -Wl,-z,defs
PKGCFLAGS !=	$(PKG_CONFIG) --cflags libbsd-overlay 2>/dev/null || true
PKGLIBS !=	$(PKG_CONFIG) --libs libbsd-overlay libbsd-ctor 2>/dev/null || true
ALLCFLAGS =	-std=c17 $(OPT) -g -fPIE $(WARN) $(HARDEN) -I. -D_GNU_SOURCE \
		-I$(BUILD)/gen -DVERSION='"$(VERSION)"' $(PKGCFLAGS) $(CFLAGS)
ALLLDFLAGS =	$(LDHARDEN) $(LDFLAGS)
ALLSOFLAGS =	-shared $(SOHARDEN) $(LDFLAGS)

# What each binary is made of: objects of its folder, the archives, libraries.
LIB_parent =	$(PKGLIBS) -levent_core
LIB_supervisor = $(PKGLIBS) -levent_core
LIB_store =	$(PKGLIBS) -levent_core -lyajl
LIB_secrets =	$(PKGLIBS) -levent_core -lcrypto
LIB_rpc =	$(PKGLIBS) -levent_core -lyajl
LIB_control =	$(PKGLIBS) -levent_core -lyajl
LIB_network =	$(PKGLIBS) -levent_core -levent_openssl -lyajl -lssl -lcrypto \
		-ljwt
LIB_apps =	$(PKGLIBS) -levent_core -lyajl
LIB_egress =	$(PKGLIBS) -levent_core
LIB_logger =	$(PKGLIBS) -levent_core
LIB_watcher =	$(PKGLIBS) -levent_core
LIB_omnitronctl = $(PKGLIBS) -lyajl
LIB_libomnitron = $(PKGLIBS) -lyajl
LIB_common =	$(PKGLIBS) -lyajl
LIB_shared =	$(PKGLIBS) -levent_core -lyajl

RULES !=	BUILD='$(BUILD)' VERSION='$(VERSION)' SBINDIR='$(SBINDIR)' \
		LIBEXECDIR='$(LIBEXECDIR)' SYSCONFDIR='$(SYSCONFDIR)' \
		LIBDIR='$(LIBDIR)' sh etc/setup/rules.sh

all: binaries

include $(BUILD)/rules.mk

binaries: $(BINARIES)

tests: $(BINARIES) $(TESTS)

deps:
	@sh etc/setup/deps.sh

demo: deps
	@$(MAKE) all
	@BUILD='$(BUILD)' sh etc/examples/demo.sh

regress: deps
	@$(MAKE) all tests
	@BUILD='$(BUILD)' sh regress/run.sh

asan:
	@$(MAKE) BUILD='$(BUILD)/asan' OPT='-O1 -fno-omit-frame-pointer' \
	    HARDEN='-fsanitize=address,undefined -fno-sanitize-recover=undefined -DSANITIZE -Wno-error' \
	    LDHARDEN='-pie -fsanitize=address,undefined' \
	    SOHARDEN='-fsanitize=address,undefined' all tests

lint:
	@BUILD='$(BUILD)' VERSION='$(VERSION)' \
	    CFLAGS='$(PKGCFLAGS) -I$(BUILD)/gen' \
	    sh etc/setup/lint.sh

install: all
	@BUILD='$(BUILD)' DESTDIR='$(DESTDIR)' SBINDIR='$(SBINDIR)' \
	    LIBEXECDIR='$(LIBEXECDIR)' MANDIR='$(MANDIR)' \
	    LIBDIR='$(LIBDIR)' INCLUDEDIR='$(INCLUDEDIR)' PREFIX='$(PREFIX)' \
	    VERSION='$(VERSION)' SYSCONFDIR='$(SYSCONFDIR)' \
	    sh etc/setup/install.sh

clean:
	rm -rf '$(BUILD)'

.PHONY: all binaries tests deps demo regress asan lint install clean
