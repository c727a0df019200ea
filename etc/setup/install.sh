#!/bin/sh
#
# Installs the build: binaries root-owned and not writable by others, manual
# pages, the library, the example configuration beside an existing one, service
# files.
set -eu

root=${DESTDIR:-}
put()
{
	install -d -m 755 "$root$(dirname "$3")"
	install -m "$1" "$2" "$root$3"
}

put 755 "$BUILD/omnitrond" "$SBINDIR/omnitrond"
put 755 "$BUILD/omnitronctl" "$SBINDIR/omnitronctl"
# A watcher is its app's user from its exec on.  Of a program that he may not
# read no process of his can be traced by him, not even before its walls stand;
# where a daemon of his own can execute what it cannot open for reading.
for b in "$BUILD"/omnitrond-*; do
	case $(uname -s)${b##*/} in
	Linuxomnitrond-watcher)	mode=711 ;;
	*)			mode=755 ;;
	esac
	put $mode "$b" "$LIBEXECDIR/${b##*/}"
done

# The library, its header, and what pkg-config says of them.
so=libomnitron.so.$VERSION
put 644 "$BUILD/libomnitron.a" "$LIBDIR/libomnitron.a"
put 644 "$BUILD/$so" "$LIBDIR/$so"
ln -sf "$so" "$root$LIBDIR/libomnitron.so.${VERSION%%.*}"
ln -sf "$so" "$root$LIBDIR/libomnitron.so"
# What it loads for TLS, from this very path.
put 644 "$BUILD/libomnitron-tls.so.0" "$LIBDIR/omnitron/libomnitron-tls.so.0"
put 644 common/libomnitron/omnitron.h "$INCLUDEDIR/omnitron.h"
install -d -m 755 "$root$LIBDIR/pkgconfig"
sed -e "s,@PREFIX@,$PREFIX,; s,@LIBDIR@,$LIBDIR,; s,@VERSION@,$VERSION," \
    -e "s,@INCLUDEDIR@,$INCLUDEDIR," common/libomnitron/omnitron.pc.in \
    > "$root$LIBDIR/pkgconfig/omnitron.pc"
chmod 644 "$root$LIBDIR/pkgconfig/omnitron.pc"

for page in man/*.[1-9]; do
	put 644 "$page" "$MANDIR/man${page##*.}/${page##*/}"
done
share=${SBINDIR%/sbin}/share/omnitron
for f in etc/examples/*; do
	[ -x "$f" ] && mode=755 || mode=644
	put $mode "$f" "$share/examples/${f##*/}"
done
put 644 etc/omnitrond.conf "$share/examples/omnitrond.conf"
[ -e "$root$SYSCONFDIR/omnitrond.conf" ] ||
    put 600 etc/omnitrond.conf "$SYSCONFDIR/omnitrond.conf"

# The service file of the init system that is there, with our paths in it.
sub()
{
	install -d -m 755 "$root$(dirname "$3")"
	sed -e "s,/usr/local/sbin,$SBINDIR,g" \
	    -e "s,/etc/omnitrond.conf,$SYSCONFDIR/omnitrond.conf,g" \
	    "$2" > "$root$3"
	chmod "$1" "$root$3"
}
case $(uname -s) in
Linux)
	sub 644 etc/systemd/omnitrond.service \
	    "${SBINDIR%/sbin}/lib/systemd/system/omnitrond.service"
	sub 644 etc/systemd/user/omnitrond.service \
	    "${SBINDIR%/sbin}/lib/systemd/user/omnitrond.service" ;;
OpenBSD)
	sub 555 etc/rc.d/omnitrond /etc/rc.d/omnitrond ;;
FreeBSD)
	sub 555 etc/rc.d/freebsd /usr/local/etc/rc.d/omnitrond ;;
esac
