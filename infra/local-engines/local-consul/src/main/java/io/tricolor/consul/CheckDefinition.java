package io.tricolor.consul;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How a check comes to its status. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = CheckDefinition.Ttl.class, name = "ttl"),
    @JsonSubTypes.Type(value = CheckDefinition.Http.class, name = "http"),
    @JsonSubTypes.Type(value = CheckDefinition.Tcp.class, name = "tcp"),
    @JsonSubTypes.Type(value = CheckDefinition.Fixed.class, name = "fixed")
})
sealed interface CheckDefinition {
    /** Critical unless the client reports in time. */
    record Ttl(Duration ttl) implements CheckDefinition {}

    /** Asked over HTTP: 2xx passes, 429 warns, everything else is critical. */
    record Http(
            String url,
            String method,
            Map<String, List<String>> headers,
            String body,
            boolean tlsSkipVerify,
            Schedule schedule)
            implements CheckDefinition {}

    /** Passes when a connection can be made. */
    record Tcp(String host, int port, Schedule schedule) implements CheckDefinition {}

    /** Keeps the status it was given: maintenance, and the node itself. */
    record Fixed() implements CheckDefinition {}

    /**
     * When an active check runs and how many equal results it takes to change its status.
     *
     * @param successesBeforePassing 0 and 1 mean at once
     * @param failuresBeforeCritical 0 and 1 mean at once
     */
    record Schedule(Duration interval, Duration timeout, int successesBeforePassing, int failuresBeforeCritical) {
        List<String> words() {
            return List.of(GoDuration.format(interval), GoDuration.format(timeout));
        }
    }

    /** The word of the API. */
    default String type() {
        return switch (this) {
            case Ttl ttl -> "ttl";
            case Http http -> "http";
            case Tcp tcp -> "tcp";
            case Fixed fixed -> "";
        };
    }

    /** Interval and timeout in the words of the API, empty where there is none. */
    default List<String> timing() {
        return switch (this) {
            case Http http -> http.schedule().words();
            case Tcp tcp -> tcp.schedule().words();
            case Ttl ttl -> List.of("", "");
            case Fixed fixed -> List.of("", "");
        };
    }
}
