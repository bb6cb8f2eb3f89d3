/*
 * Telling the service manager how things stand: one datagram to the socket that it named in the
 * environment. Nothing is kept open between two of them.
 */
#ifndef PLUMB_NOTIFY_H
#define PLUMB_NOTIFY_H

#include <stdbool.h>

#include "plumb/buf.h"
#include "plumb/err.h"

/* Sends `text` ("READY=1\n") to a socket of the family AF_UNIX, named by an absolute path or, in
 * the abstract space, by "@NAME". Never waits. False with err NotifyAddress when the address is
 * neither or too long, NotifyFailed when nobody took the message.
 * https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html */
bool plumb_notify(const char *address, struct plumb_slice text, struct plumb_err *err);

#endif
