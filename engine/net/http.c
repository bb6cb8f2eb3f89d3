#include "plumb/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "address.h"
#include "loop_http.h"
#include "plumb/clock.h"

#define DEFAULT_CONNECT_SECONDS 5.0
#define DEFAULT_TOTAL_SECONDS 60.0
#define DEFAULT_MAX_BODY ((size_t)16 * 1024 * 1024)
#define MAX_HEADERS 100
#define MAX_HEADER_BYTES ((size_t)32 * 1024)
#define LOW_SPEED_BYTES 1000L /* a second, over this many seconds, ends the exchange */
#define LOW_SPEED_SECONDS 30L

/* More than this many exchanges that have ended are not kept for the next ones. */
#define MAX_SPARE 16
/* A buffer that grew beyond this for one exchange is given back with it. */
#define SPARE_BYTES ((size_t)64 * 1024)

struct plumb_http {
    struct plumb_http *next; /* among the spare ones */
    struct plumb_loop *loop;
    CURL *easy;
    struct curl_slist *header_lines;
    void (*done)(void *arg);
    void *arg;
    bool in_multi, ended;
    bool https, fresh, only_local, address_refused;
    CURLcode result;
    char message[CURL_ERROR_SIZE];
    size_t body_sent;
    double started, seconds;
    /* The reply. Header slices point into head, whose memory may move while it grows, so they are
     * offsets until the exchange has ended. */
    struct plumb_buf head;
    struct plumb_buf body;
    struct {
        size_t name, name_size, value, value_size;
    } marks[MAX_HEADERS];
    struct plumb_http_header headers[MAX_HEADERS];
    size_t header_count;
    bool too_large;
};

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
    if (http->header_count == MAX_HEADERS)
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

static bool clean(struct plumb_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    return true;
}

static bool has_header(const struct plumb_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request->headers[i].name.n == strlen(name) &&
            strncasecmp(request->headers[i].name.p, name, request->headers[i].name.n) == 0)
            return true;
    return false;
}

static bool add_line(struct plumb_http *http, const char *line)
{
    struct curl_slist *longer = curl_slist_append(http->header_lines, line);
    if (longer)
        http->header_lines = longer;
    return longer != NULL;
}

static bool add_header(struct plumb_http *http, const struct plumb_http_header *header)
{
    struct plumb_buf line;
    plumb_buf_init(&line, MAX_HEADER_BYTES);
    line.secret = true; /* it may be the authorization */
    plumb_buf_add_slice(&line, header->name);
    /* "Name;" is libcurl's way to write a header with an empty value. */
    plumb_buf_add_str(&line, header->value.n ? ": " : ";");
    plumb_buf_add_slice(&line, header->value);
    bool added = !line.failed && add_line(http, line.p);
    plumb_buf_clear(&line);
    return added;
}

static bool set_headers(struct plumb_http *http, const struct plumb_http_request *request,
                        struct plumb_err *err)
{
    /* libcurl would add these on its own; a signed request goes out exactly as it was signed. */
    static const char *const unasked[] = { "Accept", "Expect", "Content-Type", "User-Agent" };
    for (size_t i = 0; i < sizeof unasked / sizeof *unasked; i++) {
        char line[32];
        if (has_header(request, unasked[i]))
            continue;
        strcpy(line, unasked[i]);
        strcat(line, ":");
        if (!add_line(http, line))
            return plumb_err_set(err, "OutOfMemory", 0, "out of memory");
    }
    for (size_t i = 0; i < request->header_count; i++) {
        const struct plumb_http_header *h = &request->headers[i];
        if (!h->name.n || !clean(h->name) || !clean(h->value) || memchr(h->name.p, ':', h->name.n))
            return plumb_err_set(err, "BadRequest", 0,
                                 "header %zu has a line break, a colon or no name", i + 1);
        if (!add_header(http, h))
            return plumb_err_set(err, "BadRequest", 0, "header '%.*s' is longer than %zu bytes",
                                 (int)h->name.n, h->name.p, MAX_HEADER_BYTES);
    }
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->header_lines);
    return true;
}

static bool set_target(struct plumb_http *http, const struct plumb_http_request *request,
                       struct plumb_err *err)
{
    struct plumb_buf text;
    plumb_buf_init(&text, 64 * 1024);
    bool ok = clean(request->url) && plumb_buf_add_slice(&text, request->url);
    if (ok) {
        http->https = strncasecmp(text.p, "https:", 6) == 0;
        ok = http->https || strncasecmp(text.p, "http:", 5) == 0;
    }
    ok = ok && curl_easy_setopt(http->easy, CURLOPT_URL, text.p) == CURLE_OK;
    plumb_buf_reset(&text);
    ok = ok && request->method.n && clean(request->method) &&
         plumb_buf_add_slice(&text, request->method) &&
         curl_easy_setopt(http->easy, CURLOPT_CUSTOMREQUEST, text.p) == CURLE_OK;
    plumb_buf_clear(&text);
    if (!ok)
        return plumb_err_set(err, "BadRequest", 0, "'%.*s' is not an http or https request",
                             (int)(request->url.n < 200 ? request->url.n : 200),
                             request->url.p ? request->url.p : "");
    return true;
}

static bool is(struct plumb_slice s, const char *word)
{
    return plumb_slice_equal(s, plumb_slice_of(word));
}

static void set_body(struct plumb_http *http, const struct plumb_http_request *request)
{
    bool bodiless =
        is(request->method, "GET") || is(request->method, "HEAD") || is(request->method, "DELETE");
    http->body_sent = request->body.n;
    if (is(request->method, "HEAD"))
        curl_easy_setopt(http->easy, CURLOPT_NOBODY, 1L);
    if (request->body.n || !bodiless) {
        curl_easy_setopt(http->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, request->body.n ? request->body.p : "");
        curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
    }
}

/* libcurl counts low speed in whole seconds. */
static long whole_seconds(double seconds)
{
    return seconds <= 0 ? LOW_SPEED_SECONDS : seconds < 1 ? 1 : (long)(seconds + 0.5);
}

static long milliseconds(double seconds, double absent)
{
    return (long)((seconds > 0 ? seconds : absent) * 1000.0);
}

/* Opens the socket for an address that the name was resolved to. Refusing it here, and not after a
 * look-up of our own, means that the address checked is the one connected to. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct plumb_http *http = arg;
    (void)purpose;
    if (http->only_local)
        http->address_refused = !address_is_local(&address->addr, address->addrlen);
    if (http->address_refused)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_limits(CURL *easy, const struct plumb_http_request *request)
{
    double total = request->timeout > 0 ? request->timeout : DEFAULT_TOTAL_SECONDS;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* a signed path may not be tidied up */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     milliseconds(request->connect_timeout, DEFAULT_CONNECT_SECONDS));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(total, 0));
    /* A long poll is silent on purpose. */
    if (total <= DEFAULT_TOTAL_SECONDS || request->read_timeout > 0) {
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, whole_seconds(request->read_timeout));
    }
    if (request->fresh || request->only_local) /* a pooled connection was not checked */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    /* "" also keeps libcurl from looking for a proxy in variables that nobody documents here. */
    bool direct = !request->proxy || request->no_proxy || request->only_local;
    curl_easy_setopt(easy, CURLOPT_PROXY, direct ? "" : request->proxy);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, request->proxy_not ? request->proxy_not : "");
    if (request->ca_bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_bundle);
}

static void set_callbacks(struct plumb_http *http)
{
    curl_easy_setopt(http->easy, CURLOPT_PRIVATE, http);
    curl_easy_setopt(http->easy, CURLOPT_ERRORBUFFER, http->message);
    curl_easy_setopt(http->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(http->easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(http->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(http->easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(http->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(http->easy, CURLOPT_OPENSOCKETDATA, http);
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
    http->fresh = request->fresh || request->only_local;
    http->only_local = request->only_local;
    http->head.max = MAX_HEADER_BYTES;
    http->body.max = request->max_body ? request->max_body : DEFAULT_MAX_BODY;
    set_callbacks(http);
    set_limits(http->easy, request);
    set_body(http, request);
    if (!set_target(http, request, err) || !set_headers(http, request, err)) {
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
