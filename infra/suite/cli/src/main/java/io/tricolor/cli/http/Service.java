package io.tricolor.cli.http;

/** Services whose APIs people use. */
public enum Service {
    STRATEGY("strategy-service", "strategy", 1),
    DEPLOY("deploy-service", "deploy", 2),
    CONFIG("config-service", "config", 3),
    LOG("log-gateway", "log", 5);

    private final String title;
    private final String word;
    private final int offset;

    Service(String title, String word, int offset) {
        this.title = title;
        this.word = word;
        this.offset = offset;
    }

    /** As documents call it. */
    public String title() {
        return title;
    }

    /** As options and files call it. */
    public String word() {
        return word;
    }

    /** Of its port from the port base of a suite on one machine. */
    public int offset() {
        return offset;
    }
}
