#include "plumb/gzip.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest window; 16 more asks zlib for the gzip format */
#define MEMORY_LEVEL 8        /* zlib's default */
#define GZIP_FRAME 18 /* header and trailer are 12 bytes longer than zlib's, which is counted */

size_t plumb_gzip_bound(size_t n)
{
    return compressBound(n) + GZIP_FRAME;
}

bool plumb_gzip(struct plumb_slice bytes, char *out, size_t *size, struct plumb_err *err)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    if (plumb_gzip_bound(bytes.n) > UINT_MAX)
        return plumb_err_set(err, "TooLarge", 0, "%zu bytes cannot be compressed at once", bytes.n);
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return plumb_err_set(err, "OutOfMemory", 0, "out of memory");
    /* zlib does not write to its input, it only lacks the const. */
    z.next_in = (unsigned char *)(uintptr_t)bytes.p;
    z.avail_in = (unsigned)bytes.n;
    z.next_out = (unsigned char *)out;
    z.avail_out = (unsigned)plumb_gzip_bound(bytes.n);
    int status = deflate(&z, Z_FINISH);
    *size = z.total_out;
    deflateEnd(&z);
    if (status != Z_STREAM_END)
        return plumb_err_set(err, "TooLarge", status, "the bytes could not be compressed");
    return true;
}
