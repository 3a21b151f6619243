package io.tricolor.consul;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Map;

/** One fact about the state, as it is logged and replayed. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "t")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Change.KvPut.class, name = "kv"),
    @JsonSubTypes.Type(value = Change.KvDelete.class, name = "kv-delete"),
    @JsonSubTypes.Type(value = Change.KvDelay.class, name = "kv-delay"),
    @JsonSubTypes.Type(value = Change.ServicePut.class, name = "service"),
    @JsonSubTypes.Type(value = Change.ServiceRemove.class, name = "service-remove"),
    @JsonSubTypes.Type(value = Change.CheckPut.class, name = "check"),
    @JsonSubTypes.Type(value = Change.CheckRemove.class, name = "check-remove"),
    @JsonSubTypes.Type(value = Change.SessionPut.class, name = "session"),
    @JsonSubTypes.Type(value = Change.SessionRemove.class, name = "session-remove"),
    @JsonSubTypes.Type(value = Change.Indexes.class, name = "indexes")
})
sealed interface Change {
    /** A key has this content. */
    record KvPut(KvEntry entry) implements Change {}

    /** A key is gone; the index stays behind as its tombstone. */
    record KvDelete(String key, long index) implements Change {}

    /** Nobody can take this key before that moment. */
    record KvDelay(String key, long untilEpochMillis) implements Change {}

    /** An instance is registered like this. */
    record ServicePut(ServiceEntry entry) implements Change {}

    /** An instance is gone. */
    record ServiceRemove(String id, String name, long index) implements Change {}

    /** A check is defined like this and says this. */
    record CheckPut(CheckEntry entry) implements Change {}

    /** A check is gone. */
    record CheckRemove(String checkId, long index) implements Change {}

    /** A session exists. */
    record SessionPut(SessionEntry entry) implements Change {}

    /** A session is gone. */
    record SessionRemove(String id, long index) implements Change {}

    /** All positions that do not follow from what exists; first in a compacted log. */
    record Indexes(
            long last,
            long catalog,
            long checks,
            long sessions,
            long kvFloor,
            long serviceFloor,
            Map<String, Long> services)
            implements Change {}
}
