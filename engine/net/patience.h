/*
 * How long a server waits for its clients. libmicrohttpd ends a connection after a while of
 * silence, so a byte now and then holds it for ever; here a connection has a time by which it must
 * get on.
 *
 * Internal to listen.c. The struct is plain data in its owner; what it lists belongs to it from a
 * connection's start to its end, both of which MHD tells plumb_patience_on_connection.
 */
#ifndef PLUMB_PATIENCE_H
#define PLUMB_PATIENCE_H

#include <microhttpd.h>

struct plumb_patience {
    double next_deadline;                 /* not later than any deadline; 0 for none */
    struct plumb_patience_entry *entries; /* all open connections */
};

/* Begins (giving the connection `seconds`) and ends to watch a connection; context is MHD's. */
void plumb_patience_on_connection(struct plumb_patience *patience,
                                  struct MHD_Connection *connection, void **context,
                                  enum MHD_ConnectionNotificationCode what, double seconds);

/* Gives a connection so many seconds from now on; 0 for as long as it takes. */
void plumb_patience_set(struct plumb_patience *patience, struct MHD_Connection *connection,
                        double seconds);

/* Ends the connections whose time is up. Call before MHD_run, which then sees that they ended. */
void plumb_patience_end_late(struct plumb_patience *patience);

/* Seconds until the next one's time is up, or -1 when there is none. */
double plumb_patience_left(const struct plumb_patience *patience);

#endif
