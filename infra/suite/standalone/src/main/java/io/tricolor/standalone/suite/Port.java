package io.tricolor.standalone.suite;

/** Ports of a suite, relative to its base. */
public enum Port {
    /** Traffic of users. */
    GATEWAY(0),
    STRATEGY(1),
    DEPLOY(2),
    CONFIG(3),
    MONITOR(4),
    LOG_GATEWAY(5),
    GATEWAY_MANAGEMENT(6),
    /** Pages and API for people. */
    CONSOLE(7),
    MARATHON(10),
    CONSUL(11),
    POSTGRESQL(12),
    KAFKA(13),
    KAFKA_CONTROLLER(14),
    ELASTICSEARCH(15),
    ELASTICSEARCH_TRANSPORT(16),
    /** First of the ports for instances of released applications. */
    FIRST_INSTANCE(100),
    /** Last of the ports for instances of released applications. */
    LAST_INSTANCE(Suite.LAST_PORT);

    private final int offset;

    Port(int offset) {
        this.offset = offset;
    }

    int offset() {
        return offset;
    }
}
