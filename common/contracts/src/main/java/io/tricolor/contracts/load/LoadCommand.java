package io.tricolor.contracts.load;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What monitor-service may be asked, on topic {@code tricolor.monitor.commands.v1}, key group id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface LoadCommand permits ObserveLoad {

    String groupId();
}
