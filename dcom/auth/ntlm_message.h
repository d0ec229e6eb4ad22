/* The three messages of an NTLM handshake ([MS-NLMP] 2.2.1) and the attribute/value pairs inside them
 * (2.2.2.1). Decoded fields are borrowed from the message; text is UTF-16LE as it travels. */
#ifndef DCOM_AUTH_NTLM_MESSAGE_H
#define DCOM_AUTH_NTLM_MESSAGE_H

#include "base/bytes.h"
#include "base/err.h"
#include "dcom/auth/ntlm_hash.h"

#define NTLM_MESSAGE_MAXIMUM ((size_t)16 << 10)

/* NegotiateFlags, [MS-NLMP] 2.2.2.5 */
#define NTLM_UNICODE                   0x00000001u
#define NTLM_REQUEST_TARGET            0x00000004u
#define NTLM_SIGN                      0x00000010u
#define NTLM_SEAL                      0x00000020u
#define NTLM_NTLM                      0x00000200u
#define NTLM_ANONYMOUS                 0x00000800u
#define NTLM_ALWAYS_SIGN               0x00008000u
#define NTLM_TARGET_TYPE_DOMAIN        0x00010000u
#define NTLM_TARGET_TYPE_SERVER        0x00020000u
#define NTLM_EXTENDED_SESSION_SECURITY 0x00080000u
#define NTLM_IDENTIFY                  0x00100000u
#define NTLM_TARGET_INFO               0x00800000u
#define NTLM_VERSION                   0x02000000u
#define NTLM_128                       0x20000000u
#define NTLM_KEY_EXCHANGE              0x40000000u
#define NTLM_56                        0x80000000u

enum ntlm_av_id {
    NTLM_AV_END = 0,
    NTLM_AV_COMPUTER = 1,
    NTLM_AV_DOMAIN = 2,
    NTLM_AV_DNS_COMPUTER = 3,
    NTLM_AV_DNS_DOMAIN = 4,
    NTLM_AV_FLAGS = 6,
    NTLM_AV_TIMESTAMP = 7,
    NTLM_AV_TARGET_NAME = 9,
    NTLM_AV_CHANNEL_BINDINGS = 10
};
#define NTLM_AV_FLAG_MIC 0x00000002u

struct ntlm_bytes {
    const uint8_t *data;
    size_t size;
};

struct ntlm_negotiate {
    uint32_t flags;
};

struct ntlm_challenge {
    uint32_t flags;
    uint8_t server_challenge[NTLM_CHALLENGE];
    struct ntlm_bytes target_name;
    struct ntlm_bytes target_info;
    struct ntlm_bytes version; /* [MS-NLMP] 2.2.2.10; read where the flag says that it is there, not written */
};

struct ntlm_authenticate {
    uint32_t flags;
    struct ntlm_bytes lm_response;
    struct ntlm_bytes nt_response;
    struct ntlm_bytes domain;
    struct ntlm_bytes user;
    struct ntlm_bytes workstation;
    struct ntlm_bytes session_key; /* encrypted */
};

/* Where an AUTHENTICATE message of ours, or one that says it has a MIC, keeps it. */
#define NTLM_MIC_AT  72
#define NTLM_MIC_END (NTLM_MIC_AT + NTLM_KEY)

/* Decoders fail with ERR_PROTOCOL. The version field is optional everywhere: impacket's NEGOTIATE has
 * 32 bytes. A NEGOTIATE's OEM names are of no use and not looked at. */
MUST_USE enum err ntlm_negotiate_decode(const uint8_t *data, size_t size, struct ntlm_negotiate *out);
MUST_USE enum err ntlm_challenge_decode(const uint8_t *data, size_t size, struct ntlm_challenge *out);
MUST_USE enum err ntlm_authenticate_decode(const uint8_t *data, size_t size, struct ntlm_authenticate *out);
/* Encoders fill an empty writer; AUTHENTICATE leaves its MIC zero. */
void ntlm_negotiate_encode(struct writer *w, const struct ntlm_negotiate *m);
void ntlm_challenge_encode(struct writer *w, const struct ntlm_challenge *m);
void ntlm_authenticate_encode(struct writer *w, const struct ntlm_authenticate *m);

/* Reads the next pair; false at the end of the list or when it is malformed (the reader has then failed). */
bool ntlm_av_next(struct reader *list, uint16_t *id, struct ntlm_bytes *value);
/* Looks a pair up; false when the list does not have it. */
bool ntlm_av_find(struct ntlm_bytes list, uint16_t id, struct ntlm_bytes *value);
/* True when the list is made of whole pairs and ends as it must. */
bool ntlm_av_valid(struct ntlm_bytes list);
void ntlm_av_write(struct writer *w, uint16_t id, const void *value, size_t size);
/* A pair whose value is text, given as UTF-8 (NULL is empty). */
void ntlm_av_write_text(struct writer *w, uint16_t id, const char *text);
/* UTF-8 as UTF-16LE without a terminator. */
void ntlm_text_write(struct writer *w, const char *text);
/* UTF-16LE as UTF-8, cut at `capacity`. False when the size is odd. */
bool ntlm_text_read(struct ntlm_bytes text, char *out, size_t capacity);

#endif
