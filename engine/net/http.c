#include "plumb/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "http_exchange.h"
#include "loop_http.h"
#include "plumb/clock.h"

#define DEFAULT_MAX_BODY ((size_t)16 * 1024 * 1024)
#define MAX_HEADER_BYTES ((size_t)32 * 1024)
/* Of all heads together: a server may send any number of 1xx before its reply. */
#define MAX_HEADS_BYTES ((size_t)128 * 1024)

/* More than this many exchanges that have ended are not kept for the next ones. */
#define MAX_SPARE 16
/* A buffer that grew beyond this for one exchange is given back with it. */
#define SPARE_BYTES ((size_t)64 * 1024)

static size_t on_body(char *bytes, size_t one, size_t n, void *arg)
{
    struct plumb_http *http = arg;
    http->too_large = !plumb_buf_add(&http->body, bytes, n);
    return http->too_large ? 0 : n * one; /* 0 ends the transfer */
}

/* libcurl gives one whole line at a time, status lines and trailers included. */
static size_t on_header(char *line, size_t one, size_t n, void *arg)
{
    struct plumb_http *http = arg;
    (void)one;
    http->heads_size += n;
    if (http->heads_size > MAX_HEADS_BYTES)
        goto refuse;
    if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* a new head: what a 1xx said is void */
        plumb_buf_reset(&http->head);
        http->header_count = 0;
        return n;
    }
    const char *colon = memchr(line, ':', n);
    if (!colon)
        return n;
    size_t name_size = (size_t)(colon - line);
    const char *value = colon + 1, *end = line + n;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && isspace((unsigned char)end[-1]))
        end--;
    if (http->header_count == HTTP_MAX_HEADERS)
        goto refuse;
    size_t at = http->head.n;
    for (size_t i = 0; i < name_size; i++)
        plumb_buf_add_char(&http->head, (char)tolower((unsigned char)line[i]));
    plumb_buf_add(&http->head, value, (size_t)(end - value));
    if (http->head.failed)
        goto refuse;
    http->marks[http->header_count].name = at;
    http->marks[http->header_count].name_size = name_size;
    http->marks[http->header_count].value = at + name_size;
    http->marks[http->header_count].value_size = (size_t)(end - value);
    http->header_count++;
    return n;
refuse:
    http->too_large = true;
    return 0;
}

static void set_callbacks(struct plumb_http *http)
{
    curl_easy_setopt(http->easy, CURLOPT_PRIVATE, http);
    curl_easy_setopt(http->easy, CURLOPT_ERRORBUFFER, http->message);
    curl_easy_setopt(http->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(http->easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(http->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(http->easy, CURLOPT_HEADERDATA, http);
}

/* Making a handle costs more than the rest of a small exchange, so those that have ended are used
 * again. Nothing of the old request stays: libcurl resets its side, and ours is all set below. */
static struct plumb_http *take_spare(struct plumb_loop *loop)
{
    struct loop_spare *spare = loop_spare(loop);
    struct plumb_http *http = spare->first;
    if (!http)
        return NULL;
    spare->first = http->next;
    spare->count--;
    *http = (struct plumb_http){ .easy = http->easy, .head = http->head, .body = http->body };
    return http;
}

static struct plumb_http *new_http(void)
{
    struct plumb_http *http = calloc(1, sizeof *http);
    if (!http || !(http->easy = curl_easy_init())) {
        free(http);
        return NULL;
    }
    return http;
}

/* A reply may have been one that hands out credentials. */
static void wipe(struct plumb_buf *buf)
{
    if (buf->p)
        explicit_bzero(buf->p, buf->n);
    if (buf->cap > SPARE_BYTES)
        plumb_buf_clear(buf);
    plumb_buf_reset(buf);
}

struct plumb_http *plumb_http_start(struct plumb_loop *loop,
                                    const struct plumb_http_request *request,
                                    void (*done)(void *arg), void *arg, struct plumb_err *err)
{
    struct plumb_http *http = take_spare(loop);
    if (!http && !(http = new_http())) {
        plumb_err_set(err, "OutOfMemory", 0, "out of memory");
        return NULL;
    }
    http->loop = loop;
    http->done = done;
    http->arg = arg;
    http->head.max = MAX_HEADER_BYTES;
    http->body.max = request->max_body ? request->max_body : DEFAULT_MAX_BODY;
    set_callbacks(http);
    if (!http_set_up(http, request, err)) {
        plumb_http_free(http);
        return NULL;
    }
    http->started = plumb_clock_monotonic();
    if (curl_multi_add_handle(plumb_loop_multi(loop), http->easy) != CURLM_OK) {
        plumb_err_set(err, "OutOfMemory", 0, "the exchange could not be started");
        plumb_http_free(http);
        return NULL;
    }
    http->in_multi = true;
    loop_exchange_started(loop);
    return http;
}

static void leave_multi(struct plumb_http *http)
{
    if (!http->in_multi)
        return;
    http->in_multi = false;
    curl_multi_remove_handle(plumb_loop_multi(http->loop), http->easy);
    loop_exchange_ended(http->loop);
}

/* Nobody was there, or not who was meant. */
static bool missed_the_host(const struct plumb_http *http)
{
    curl_off_t connected = 0;
    curl_easy_getinfo(http->easy, CURLINFO_CONNECT_TIME_T, &connected);
    return http->result == CURLE_COULDNT_CONNECT ||
           http->result == CURLE_PEER_FAILED_VERIFICATION ||
           (http->result == CURLE_OPERATION_TIMEDOUT && connected == 0);
}

void loop_exchange_done(CURL *easy, CURLcode result)
{
    struct plumb_http *http = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&http);
    http->ended = true;
    http->result = result;
    http->seconds = plumb_clock_monotonic() - http->started;
    for (size_t i = 0; i < http->header_count; i++) {
        http->headers[i].name =
            (struct plumb_slice){ http->head.p + http->marks[i].name, http->marks[i].name_size };
        http->headers[i].value =
            (struct plumb_slice){ http->head.p + http->marks[i].value, http->marks[i].value_size };
    }
    if (missed_the_host(http))
        loop_doubt_names(http->loop);
    leave_multi(http);
    http->done(http->arg);
}

static const char *code_of(const struct plumb_http *http)
{
    if (http->too_large)
        return "BodyTooLarge";
    if (http->address_refused)
        return "AddressRefused";
    switch (http->result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "NameNotResolved";
    case CURLE_COULDNT_CONNECT:
        return "ConnectionRefused";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return "TlsFailed";
    case CURLE_OPERATION_TIMEDOUT:
        return "Timeout";
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
        return "BadResponse";
    default:
        return "ConnectionLost";
    }
}

static const char *message_of(const struct plumb_http *http)
{
    if (http->address_refused && http->not_local)
        return "its name leads to this machine or to one beside it, and should not";
    if (http->address_refused)
        return "its address is neither this machine's nor one where AWS hands out credentials";
    return http->message[0] ? http->message : curl_easy_strerror(http->result);
}

bool plumb_http_reply(const struct plumb_http *http, struct plumb_http_reply *reply,
                      struct plumb_err *err)
{
    long status = 0;
    if (!http->ended)
        return plumb_err_set(err, "BadRequest", 0, "the exchange has not ended yet");
    if (http->result != CURLE_OK)
        return plumb_err_set(err, code_of(http), (int)http->result, "%s", message_of(http));
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    *reply = (struct plumb_http_reply){
        .status = (int)status,
        .headers = http->headers,
        .header_count = http->header_count,
        .body = plumb_buf_slice(&http->body),
        .seconds = http->seconds,
    };
    return true;
}

enum plumb_http_sent plumb_http_sent(const struct plumb_http *http)
{
    curl_off_t uploaded = 0, connected = 0;
    curl_easy_getinfo(http->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    curl_easy_getinfo(
        http->easy, http->https ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T, &connected);
    switch (http->result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return PLUMB_HTTP_NOT_SENT;
    default:;
    }
    /* A reused connection has no connect time either, so only a fresh one proves anything. */
    if (http->fresh && connected == 0)
        return PLUMB_HTTP_NOT_SENT;
    return (size_t)uploaded < http->body_sent ? PLUMB_HTTP_NOT_SENT : PLUMB_HTTP_MAYBE;
}

static void destroy(struct plumb_http *http)
{
    curl_easy_cleanup(http->easy);
    curl_slist_free_all(http->header_lines);
    plumb_buf_clear(&http->head);
    plumb_buf_clear(&http->body);
    free(http);
}

void plumb_http_free(struct plumb_http *http)
{
    if (!http)
        return;
    leave_multi(http);
    wipe(&http->head);
    wipe(&http->body);
    struct loop_spare *spare = loop_spare(http->loop);
    if (spare->count == MAX_SPARE) {
        destroy(http);
        return;
    }
    curl_easy_reset(http->easy); /* before what it points to goes */
    curl_slist_free_all(http->header_lines);
    http->header_lines = NULL;
    http->next = spare->first;
    spare->first = http;
    spare->count++;
}

void loop_free_spare(struct loop_spare *spare)
{
    for (struct plumb_http *http = spare->first, *next; http; http = next) {
        next = http->next;
        destroy(http);
    }
    *spare = (struct loop_spare){ 0 };
}
