package io.tricolor.contracts.group;

/** Colour of a cluster. */
public enum ClusterStatus {
    /** Takes no traffic; may be stopped. */
    RED("R"),
    /** Grayscale: takes the users its rule names, before any GREEN cluster does. */
    YELLOW("Y"),
    /** Serves everybody its rule names; normally all. */
    GREEN("G");

    private final String letter;

    ClusterStatus(String letter) {
        this.letter = letter;
    }

    /** The one-letter form used in route-strategy documents: R, Y or G. */
    public String letter() {
        return letter;
    }

    /** Reads {@link #letter()} or the name in any case; throws {@link IllegalArgumentException} otherwise. */
    public static ClusterStatus parse(String text) {
        for (ClusterStatus status : values()) {
            if (status.letter.equalsIgnoreCase(text) || status.name().equalsIgnoreCase(text)) {
                return status;
            }
        }
        throw new IllegalArgumentException("status must be R, Y or G, not '" + text + "'");
    }
}
