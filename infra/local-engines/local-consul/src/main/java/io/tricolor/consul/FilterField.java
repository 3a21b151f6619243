package io.tricolor.consul;

import java.util.Map;

/** What a selector of a filter can name, and what may be asked of it. */
sealed interface FilterField {
    /** A text: equal or not, contains or not. */
    record Text() implements FilterField {}

    /** A whole number: equal or not. */
    record Whole() implements FilterField {}

    /** True or false: equal or not. */
    record Flag() implements FilterField {}

    /** A list of texts: empty or not, has one or not. */
    record Texts() implements FilterField {}

    /** Texts by name: empty or not, has a name or not; each of them as a text. */
    record Names() implements FilterField {}

    /** A part with fields of its own. */
    record Part(Map<String, FilterField> fields) implements FilterField {}

    /** A list of parts: empty or not; a field of them matches when it does in any. */
    record Parts(Part each) implements FilterField {}

    FilterField TEXT = new Text();
    FilterField WHOLE = new Whole();
    FilterField FLAG = new Flag();
    FilterField TEXTS = new Texts();
    FilterField NAMES = new Names();

    FilterField WEIGHTS = new Part(Map.of("Passing", WHOLE, "Warning", WHOLE));

    /** A check. */
    Part CHECK = new Part(Map.of(
            "Node", TEXT,
            "CheckID", TEXT,
            "Name", TEXT,
            "Status", TEXT,
            "Notes", TEXT,
            "Output", TEXT,
            "ServiceID", TEXT,
            "ServiceName", TEXT,
            "ServiceTags", TEXTS,
            "Type", TEXT));

    /** A service as its agent shows it. */
    Part SERVICE = new Part(Map.of(
            "ID", TEXT,
            "Service", TEXT,
            "Tags", TEXTS,
            "Meta", NAMES,
            "Port", WHOLE,
            "Address", TEXT,
            "Weights", WEIGHTS,
            "EnableTagOverride", FLAG));

    /** A service with its node and its checks. */
    Part HEALTH = new Part(Map.of(
            "Node",
            new Part(Map.of(
                    "ID", TEXT,
                    "Node", TEXT,
                    "Address", TEXT,
                    "Datacenter", TEXT,
                    "TaggedAddresses", NAMES,
                    "Meta", NAMES)),
            "Service",
            SERVICE,
            "Checks",
            new Parts(CHECK)));

    /** A service as the catalog shows it. */
    Part CATALOG = new Part(Map.ofEntries(
            Map.entry("ID", TEXT),
            Map.entry("Node", TEXT),
            Map.entry("Address", TEXT),
            Map.entry("Datacenter", TEXT),
            Map.entry("TaggedAddresses", NAMES),
            Map.entry("NodeMeta", NAMES),
            Map.entry("ServiceID", TEXT),
            Map.entry("ServiceName", TEXT),
            Map.entry("ServiceTags", TEXTS),
            Map.entry("ServiceAddress", TEXT),
            Map.entry("ServiceMeta", NAMES),
            Map.entry("ServicePort", WHOLE),
            Map.entry("ServiceWeights", WEIGHTS),
            Map.entry("ServiceEnableTagOverride", FLAG)));
}
