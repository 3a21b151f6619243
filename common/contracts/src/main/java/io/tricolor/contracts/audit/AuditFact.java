package io.tricolor.contracts.audit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** Facts beside the events of the groups: what they are proven by, and what was asked for and refused. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface AuditFact permits AuditRootSigned, AttemptRefused, AttemptsSuppressed {}
