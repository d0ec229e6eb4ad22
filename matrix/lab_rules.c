/* What a scenario says about the network, in the router's own language. r1 is its side towards alpha, r2 towards beta.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "matrix/lab_internal.h"

#define DYNAMIC_PORTS "49152-65535"

/* Appends to a text on the heap, NULL when memory was short before. */
static char *append(char *text, char *more)
{
    char *longer = text && more ? text_format("%s%s", text, more) : NULL;
    free(text);
    free(more);
    return longer;
}

static const char *side_of(const char *key)
{
    return strcmp(key, "alpha") == 0 ? "r1" : "r2";
}

static const char *other_side_of(const char *key)
{
    return strcmp(key, "alpha") == 0 ? "r2" : "r1";
}

struct match {
    char text[32];
};

static struct match match_ports(const cJSON *object)
{
    struct match m;
    const cJSON *ports = cJSON_GetObjectItemCaseSensitive(object, "ports");
    if (cJSON_IsNumber(ports))
        snprintf(m.text, sizeof m.text, "tcp dport %d", ports->valueint);
    else if (strcmp(json_string(object, "ports", ""), "all") == 0)
        snprintf(m.text, sizeof m.text, "meta l4proto tcp");
    else if (strcmp(json_string(object, "ports", ""), "135") == 0)
        snprintf(m.text, sizeof m.text, "tcp dport 135");
    else
        snprintf(m.text, sizeof m.text, "tcp dport " DYNAMIC_PORTS);
    return m;
}

/* A rule is about who calls whom, so answers always pass: they may go to a port of the blocked range, from which
 * the other side has called. For that the router tracks connections from the beginning. */
char *lab_fault_rules(const cJSON *faults)
{
    char *rules = text_format("table inet faults\ndelete table inet faults\ntable inet faults {\n chain transit {\n"
                              "  type filter hook forward priority 0; policy accept;\n"
                              "  ct direction reply accept\n");
    const cJSON *fault;
    cJSON_ArrayForEach(fault, faults)
    {
        bool reject = strcmp(json_string(fault, "action", ""), "reject") == 0;
        rules =
            append(rules, text_format("  iifname \"%s\" oifname \"%s\" %s %s\n",
                                      side_of(json_string(fault, "from", "")), side_of(json_string(fault, "to", "")),
                                      match_ports(fault).text, reject ? "reject with tcp reset" : "drop"));
    }
    return append(rules, text_format(" }\n}\n"));
}

const char *lab_nat_address(const char *key)
{
    return strcmp(key, "alpha") == 0 ? "192.0.2.1" : "192.0.2.2"; /* RFC 5737: nobody's */
}

const char *lab_private_address(const char *key)
{
    return strcmp(key, "alpha") == 0 ? "10.1.0.2" : "10.2.0.2";
}

/* A router that translates knows no way from outside to the private address: who tries it is told so. Its own
 * translations pass the same chain, with the private address in the packet already. */
char *lab_nat_rules(const cJSON *nat)
{
    char *arriving = text_format("table ip translation\ndelete table ip translation\ntable ip translation {\n"
                                 " chain arriving {\n  type nat hook prerouting priority -100;\n");
    char *leaving = text_format(" }\n chain leaving {\n  type nat hook postrouting priority 100;\n");
    char *transit = text_format(" }\n chain transit {\n  type filter hook forward priority 1;\n"
                                "  ct direction reply accept\n  ct status dnat accept\n");
    const cJSON *one;
    cJSON_ArrayForEach(one, nat)
    {
        const char *key = json_string(one, "of", ""), *outside = other_side_of(key);
        if (strcmp(json_string(one, "ports", ""), "none") != 0)
            arriving =
                append(arriving, text_format("  iifname \"%s\" ip daddr %s %s dnat to %s\n", outside,
                                             lab_nat_address(key), match_ports(one).text, lab_private_address(key)));
        leaving = append(leaving, text_format("  oifname \"%s\" ip saddr %s snat to %s\n", outside,
                                              lab_private_address(key), lab_nat_address(key)));
        transit = append(transit, text_format("  iifname \"%s\" ip daddr %s reject with icmp type net-unreachable\n",
                                              outside, lab_private_address(key)));
    }
    return append(append(append(arriving, leaving), transit), text_format(" }\n}\n"));
}
