package io.tricolor.contracts.gate;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What monitor-service may be asked, on topic {@code tricolor.monitor.commands.v1}, key group id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface GateCommand permits JudgeGate {

    String groupId();
}
