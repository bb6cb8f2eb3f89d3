/* What the C tests share: cmocka in the order it wants its headers, and a few short words. */
#ifndef PLUMB_CHECK_H
#define PLUMB_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plumb/buf.h"
#include "plumb/err.h"

/* A slice of a string literal, NULs inside included. */
#define LITERAL(s) ((struct plumb_slice){ (s), sizeof(s) - 1 })

#define assert_slice(slice, literal)                                                               \
    do {                                                                                           \
        struct plumb_slice slice_ = (slice);                                                       \
        assert_int_equal(slice_.n, sizeof(literal) - 1);                                           \
        assert_memory_equal(slice_.n ? slice_.p : "", (literal), sizeof(literal) - 1);             \
    } while (0)

#endif
