/* Statuses of logons. Only the machine that judged the logon knows them: they stand in its Security log
 * (events 4625 and 4776; 680 on XP and 2003), never on the wire. */
#include "opcda/code_tables.h"

static const struct code_info table[] = {
    { 0xC000000D, CODE_NTSTATUS, "STATUS_INVALID_PARAMETER",
      "An invalid parameter was passed to a service or function.", 0x80070057 },
    { 0xC0000017, CODE_NTSTATUS, "STATUS_NO_MEMORY",
      "Not enough virtual memory or paging file quota is available to complete the specified operation.", 0x8007000E },
    { 0xC0000022, CODE_NTSTATUS, "STATUS_ACCESS_DENIED",
      "A process has requested access to an object but has not been granted those access rights.", 0x80070005 },
    { 0xC000005E, CODE_NTSTATUS, "STATUS_NO_LOGON_SERVERS",
      "There are currently no logon servers available to service the logon request.", 0 },
    { 0xC0000064, CODE_NTSTATUS, "STATUS_NO_SUCH_USER", "The specified account does not exist.", 0 },
    { 0xC000006A, CODE_NTSTATUS, "STATUS_WRONG_PASSWORD",
      "When trying to update a password, this return status indicates that the value provided as the current password "
      "is not correct.",
      0 },
    { 0xC000006D, CODE_NTSTATUS, "STATUS_LOGON_FAILURE",
      "The attempted logon is invalid. This is either due to a bad username or authentication information.", 0 },
    { 0xC000006E, CODE_NTSTATUS, "STATUS_ACCOUNT_RESTRICTION",
      "Indicates a referenced user name and authentication information are valid, but some user account restriction "
      "has prevented successful authentication.",
      0 },
    { 0xC000006F, CODE_NTSTATUS, "STATUS_INVALID_LOGON_HOURS",
      "The user account has time restrictions and may not be logged onto at this time.", 0 },
    { 0xC0000070, CODE_NTSTATUS, "STATUS_INVALID_WORKSTATION",
      "The user account is restricted so that it may not be used to log on from the source workstation.", 0 },
    { 0xC0000071, CODE_NTSTATUS, "STATUS_PASSWORD_EXPIRED", "The user account password has expired.", 0 },
    { 0xC0000072, CODE_NTSTATUS, "STATUS_ACCOUNT_DISABLED",
      "The referenced account is currently disabled and may not be logged on to.", 0 },
    { 0xC0000133, CODE_NTSTATUS, "STATUS_TIME_DIFFERENCE_AT_DC",
      "The time at the primary domain controller is different from the time at the backup domain controller or member "
      "server by too large an amount.",
      0 },
    { 0xC000015B, CODE_NTSTATUS, "STATUS_LOGON_TYPE_NOT_GRANTED",
      "A user has requested a type of logon that has not been granted.", 0 },
    { 0xC000018C, CODE_NTSTATUS, "STATUS_TRUSTED_DOMAIN_FAILURE",
      "The trust relationship between the primary domain and the trusted domain failed.", 0 },
    { 0xC000018D, CODE_NTSTATUS, "STATUS_TRUSTED_RELATIONSHIP_FAILURE",
      "The trust relationship between this workstation and the primary domain failed.", 0 },
    { 0xC0000193, CODE_NTSTATUS, "STATUS_ACCOUNT_EXPIRED", "The user account has expired.", 0 },
    { 0xC0000224, CODE_NTSTATUS, "STATUS_PASSWORD_MUST_CHANGE",
      "The user password must be changed before logging on the first time.", 0 },
    { 0xC0000234, CODE_NTSTATUS, "STATUS_ACCOUNT_LOCKED_OUT",
      "The user account has been automatically locked because too many invalid logon attempts or password change "
      "attempts have been requested.",
      0 },
    { 0xC0000371, CODE_NTSTATUS, "STATUS_NO_SECRETS",
      "The local account store does not contain secret material for the specified account.", 0 },
    { 0xC0000413, CODE_NTSTATUS, "STATUS_AUTHENTICATION_FIREWALL_FAILED",
      "The machine you are logging onto is protected by an authentication firewall. The specified account is not "
      "allowed to authenticate to the machine.",
      0 },
};

const struct code_table codes_ntstatus = CODE_TABLE(table);
