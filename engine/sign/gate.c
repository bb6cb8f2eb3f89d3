#include "plumb/gate.h"

#include <string.h>
#include <strings.h>

#include "plumb/uri.h"

enum { NAME_MAX_SIZE = 256 }; /* no operation or parameter name comes near it */

static bool equals(struct plumb_slice s, const char *word)
{
    return plumb_slice_equal(s, plumb_slice_of(word));
}

static bool starts(struct plumb_slice s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && memcmp(s.p, word, n) == 0;
}

/* The verb must end where the word ends: "List" reads in ListAnswers, not in Listen. */
static bool is_reading_operation(struct plumb_slice operation, struct plumb_slice service)
{
    static const char *const verbs[] = {
        "BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Query", "Scan", "Search",
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        size_t n = strlen(verbs[i]);
        if (starts(operation, verbs[i]) &&
            (operation.n == n || (operation.p[n] >= 'A' && operation.p[n] <= 'Z')))
            return true;
    }
    /* These hand out credentials and change nothing. AssumeRoleWithWebIdentity is not signed, so
     * it comes without a service. */
    return (equals(service, "sts") && starts(operation, "AssumeRole")) ||
           (service.n == 0 && starts(operation, "AssumeRoleWith"));
}

/* --- Action=..., in a query or a form --- */

enum action { ACTION_ABSENT, ACTION_READS, ACTION_WRITES };

/* One "name=value" piece. Names are compared decoded and without case: a server that is more
 * generous than AWS must not be reached around this check. */
static enum action piece_action(struct plumb_slice piece, struct plumb_slice service)
{
    const char *equals_sign = piece.n ? memchr(piece.p, '=', piece.n) : NULL;
    size_t name_n = equals_sign ? (size_t)(equals_sign - piece.p) : piece.n;
    struct plumb_slice value = { equals_sign ? equals_sign + 1 : piece.p,
                                 equals_sign ? piece.n - name_n - 1 : 0 };
    struct plumb_buf decoded;
    enum action result = ACTION_ABSENT;

    plumb_buf_init(&decoded, NAME_MAX_SIZE);
    if (plumb_uri_decode((struct plumb_slice){ piece.p, name_n }, &decoded) && decoded.n == 6 &&
        strncasecmp(decoded.p, "action", 6) == 0) {
        plumb_buf_reset(&decoded);
        result = plumb_uri_decode(value, &decoded) &&
                         is_reading_operation(plumb_buf_slice(&decoded), service)
                     ? ACTION_READS
                     : ACTION_WRITES;
    }
    plumb_buf_clear(&decoded);
    return result;
}

/* What all Action parameters of a query or form say together; one that writes decides. */
static enum action form_action(struct plumb_slice form, struct plumb_slice service)
{
    enum action result = ACTION_ABSENT;

    for (size_t i = 0; i < form.n;) {
        const char *from = form.p + i;
        const char *end = memchr(from, '&', form.n - i);
        struct plumb_slice piece = { from, end ? (size_t)(end - from) : form.n - i };
        enum action action = piece_action(piece, service);
        if (action == ACTION_WRITES)
            return ACTION_WRITES;
        if (action == ACTION_READS)
            result = ACTION_READS;
        i += piece.n + 1;
    }
    return result;
}

/* --- the three ways of naming what a POST does --- */

/* Listings that are POSTs because their filter is a body. '*' stands for one path segment. */
static bool is_reading_path(struct plumb_slice path)
{
    static const char *const tails[] = { "/milestonesSummaries", "/checks", "/checkSummaries" };

    if (equals(path, "/workloadsSummaries") || equals(path, "/notifications"))
        return true;
    if (!starts(path, "/workloads/"))
        return false;
    struct plumb_slice rest = { path.p + strlen("/workloads/"), path.n - strlen("/workloads/") };
    const char *slash = rest.n ? memchr(rest.p, '/', rest.n) : NULL;
    if (!slash || slash == rest.p)
        return false;
    struct plumb_slice tail = { slash, rest.n - (size_t)(slash - rest.p) };
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        if (equals(tail, tails[i]))
            return true;
    }
    return false;
}

static bool is_reading_target(struct plumb_slice target, struct plumb_slice service)
{
    const char *dot = target.n ? memrchr(target.p, '.', target.n) : NULL;
    if (!dot)
        return false;
    size_t skipped = (size_t)(dot - target.p) + 1;
    return is_reading_operation((struct plumb_slice){ dot + 1, target.n - skipped }, service);
}

/* The service chooses the protocol by content type, so the same choice is made here. */
static bool post_reads(const struct plumb_gate_request *r)
{
    if (starts(r->content_type, "application/x-amz-json-"))
        return is_reading_target(r->target, r->service);
    if (r->target.n > 0)
        return false;
    if (starts(r->content_type, "application/x-www-form-urlencoded"))
        return form_action(r->body, r->service) == ACTION_READS;
    return equals(r->service, "wellarchitected") && is_reading_path(r->path);
}

static bool ends(struct plumb_slice s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && memcmp(s.p + s.n - n, word, n) == 0;
}

/* Like AssumeRole, these change nothing but who may ask: the session token of the instance metadata
 * service, and the renewal of a single sign-on token. */
static bool hands_out_credentials(struct plumb_slice method, struct plumb_slice path,
                                  struct plumb_slice body)
{
    static const char grant[] = "\"grantType\":\"refresh_token\"";
    if (equals(method, "PUT"))
        return body.n == 0 && ends(path, "/latest/api/token");
    return equals(method, "POST") && ends(path, "/token") && starts(body, "{") &&
           memmem(body.p, body.n, grant, sizeof grant - 1) != NULL;
}

bool plumb_gate_passes(const struct plumb_gate_request *r)
{
    if (form_action(r->query, r->service) == ACTION_WRITES)
        return false;
    if (equals(r->method, "GET") || equals(r->method, "HEAD"))
        return true;
    if (r->service.n == 0 && r->target.n == 0 && hands_out_credentials(r->method, r->path, r->body))
        return true;
    return equals(r->method, "POST") && post_reads(r);
}

/* Credential=AKIDEXAMPLE/20260102/eu-west-1/ssm/aws4_request */
struct plumb_slice plumb_gate_signed_service(struct plumb_slice authorization)
{
    static const char word[] = "Credential=";
    const char *end = authorization.p + authorization.n;
    const char *p =
        authorization.n ? memmem(authorization.p, authorization.n, word, sizeof word - 1) : NULL;
    for (int i = 0; p && i < 3; i++) {
        p = memchr(p, '/', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    const char *stop = p ? memchr(p, '/', (size_t)(end - p)) : NULL;
    return stop ? (struct plumb_slice){ p, (size_t)(stop - p) } : plumb_slice_of("");
}

/* --- the word of the person at the terminal --- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct plumb_slice trimmed(struct plumb_slice s)
{
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    while (s.n > 0 && is_blank(*s.p))
        s.p++, s.n--;
    return s;
}

/* ".write" and its word, with blanks between them */
static bool says_write(struct plumb_slice line, const char *word)
{
    static const char command[] = ".write";
    size_t n = sizeof command - 1;

    line = trimmed(line);
    if (!starts(line, command) || line.n == n || !is_blank(line.p[n]))
        return false;
    return equals(trimmed((struct plumb_slice){ line.p + n, line.n - n }), word);
}

enum plumb_gate plumb_gate_hear(enum plumb_gate gate, struct plumb_slice line)
{
    if (gate == PLUMB_GATE_HELD && says_write(line, "on"))
        return PLUMB_GATE_OPEN;
    if (gate == PLUMB_GATE_OPEN && says_write(line, "off"))
        return PLUMB_GATE_HELD;
    return gate;
}
