/*
 * X.509 certificates as far as a signed message needs them: is this the certificate of that name,
 * issued under an authority we trust, valid at that time, and did its key sign this text?
 *
 * RSA keys of 2048 bits and more, signatures PKCS #1 v1.5. Pure but for one thing: without roots
 * of one's own the system's are read, from where OpenSSL has them.
 */
#ifndef PLUMB_X509_H
#define PLUMB_X509_H

#include <stdbool.h>
#include <stdint.h>

#include "plumb/buf.h"
#include "plumb/err.h"

struct plumb_x509; /* a certificate that was checked; owns everything it needs */

struct plumb_x509_options {
    struct plumb_slice certificates; /* PEM: the certificate first, then any others, which may lead
                                        to a root and are not trusted by themselves */
    struct plumb_slice extra;        /* more of the latter, PEM or one in DER; may be empty */
    struct plumb_slice roots;        /* PEM; empty for the system's */
    int64_t time;                    /* epoch seconds at which everything must be valid */
    const char *name;                /* DNS name that the certificate must be for; no wildcards */
};

enum plumb_x509_digest { PLUMB_X509_SHA1, PLUMB_X509_SHA256 };

/*
 * Checks a certificate. NULL with err:
 *   BadCertificate         no PEM, not exactly readable, or more than 8 certificates
 *   WeakKey                not RSA, or fewer than 2048 bits
 *   WrongSubject           the certificate is for another name
 *   CertificateExpired, CertificateNotYetValid   it, or one above it, at that time
 *   IssuerMissing          who issued it is neither given nor a root; see plumb_x509_issuer_url
 *   UntrustedCertificate   self-signed, under a root of somebody else's, or anything else wrong
 *   OutOfMemory
 */
struct plumb_x509 *plumb_x509_open(const struct plumb_x509_options *options, struct plumb_err *err);
void plumb_x509_free(struct plumb_x509 *x509); /* NULL is fine */

/* The span in which the certificate and all above it are valid, in epoch seconds, both included. */
void plumb_x509_validity(const struct plumb_x509 *x509, int64_t *from, int64_t *until);

/* Whether the key signed the text. False with err "BadSignature" when it did not. */
bool plumb_x509_signed(const struct plumb_x509 *x509, enum plumb_x509_digest digest,
                       struct plumb_slice text, struct plumb_slice signature,
                       struct plumb_err *err);

/* Appends the address at which the first certificate says its issuer's can be had (RFC 5280,
 * 4.2.2.1). False when it says none. Nothing about it has been checked. */
bool plumb_x509_issuer_url(struct plumb_slice certificates, struct plumb_buf *out);

#endif
