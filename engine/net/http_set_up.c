#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "address.h"
#include "http_exchange.h"
#include "loop_http.h"
#include "tls.h"

#define DEFAULT_CONNECT_SECONDS 5.0
#define DEFAULT_TOTAL_SECONDS 60.0
#define MAX_HEADER_BYTES ((size_t)32 * 1024)
#define LOW_SPEED_BYTES 1000L /* a second, over this many seconds, ends the exchange */
#define LOW_SPEED_SECONDS 30L

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
    http->address_refused =
        (http->only_local && !address_is_local(&address->addr, address->addrlen)) ||
        (http->not_local && address_is_near(&address->addr, address->addrlen));
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
}

/* How a name becomes an address. */
static void set_names(struct plumb_http *http)
{
    CURL *easy = http->easy;
    /* An exchange that is over does not wait for a name server that never answers: without this
     * all others wait with it. */
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT,
                     loop_doubts_names(http->loop) ? 0L : LOOP_NAMES_SECONDS);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, http);
}

/* Which connection it takes, and through whom. */
static void set_way(struct plumb_http *http, const struct plumb_http_request *request)
{
    CURL *easy = http->easy;
    if (request->fresh || request->only_local) /* a pooled connection was not checked */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    /* "" also keeps libcurl from looking for a proxy in variables that nobody documents here. */
    bool direct = !request->proxy || request->no_proxy || request->only_local;
    http->fresh = request->fresh || request->only_local;
    http->only_local = request->only_local;
    http->not_local = request->not_local && direct; /* a proxy may well be on this machine */
    curl_easy_setopt(easy, CURLOPT_PROXY, direct ? "" : request->proxy);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, request->proxy_not ? request->proxy_not : "");
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, tls_require_names);
    if (request->ca_bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_bundle);
}

bool http_set_up(struct plumb_http *http, const struct plumb_http_request *request,
                 struct plumb_err *err)
{
    set_limits(http->easy, request);
    set_names(http);
    set_way(http, request);
    set_body(http, request);
    return set_target(http, request, err) && set_headers(http, request, err);
}
