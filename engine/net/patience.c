#include "patience.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "plumb/clock.h"

struct plumb_patience_entry {
    struct MHD_Connection *connection;
    struct plumb_patience_entry *next, *previous;
    double deadline; /* monotonic; 0 for none */
};

/* Deadlines are only ever found late by those who look at next_deadline, never missed. */
static void note_deadline(struct plumb_patience *patience, double deadline)
{
    if (deadline > 0 && (patience->next_deadline <= 0 || deadline < patience->next_deadline))
        patience->next_deadline = deadline;
}

void plumb_patience_set(struct plumb_patience *patience, struct MHD_Connection *connection,
                        double seconds)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct plumb_patience_entry *entry = info ? info->socket_context : NULL;
    if (!entry)
        return;
    entry->deadline = seconds > 0 ? plumb_clock_monotonic() + seconds : 0;
    note_deadline(patience, entry->deadline);
}

static void forget(struct plumb_patience *patience, struct plumb_patience_entry *entry)
{
    *(entry->previous ? &entry->previous->next : &patience->entries) = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    free(entry);
}

void plumb_patience_on_connection(struct plumb_patience *patience,
                                  struct MHD_Connection *connection, void **context,
                                  enum MHD_ConnectionNotificationCode what, double seconds)
{
    struct plumb_patience_entry *entry = *context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        if (!(entry = calloc(1, sizeof *entry)))
            return; /* then only silence ends it */
        entry->connection = connection;
        entry->next = patience->entries;
        if (entry->next)
            entry->next->previous = entry;
        patience->entries = *context = entry;
        plumb_patience_set(patience, connection, seconds);
    } else if (entry) {
        forget(patience, entry);
        *context = NULL;
    }
}

/* MHD cannot be told to end a connection, but sees that its socket has. */
static void end(struct plumb_patience_entry *entry)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(entry->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    entry->deadline = 0;
    if (info)
        shutdown(info->connect_fd, SHUT_RDWR);
}

void plumb_patience_end_late(struct plumb_patience *patience)
{
    double now = patience->next_deadline > 0 ? plumb_clock_monotonic() : 0;
    if (patience->next_deadline <= 0 || now < patience->next_deadline)
        return;
    patience->next_deadline = 0;
    for (struct plumb_patience_entry *entry = patience->entries; entry; entry = entry->next) {
        if (entry->deadline > 0 && entry->deadline <= now)
            end(entry);
        else
            note_deadline(patience, entry->deadline);
    }
}

double plumb_patience_left(const struct plumb_patience *patience)
{
    if (patience->next_deadline <= 0)
        return -1;
    double left = patience->next_deadline - plumb_clock_monotonic();
    return left > 0 ? left : 0;
}
