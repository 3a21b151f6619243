package io.tricolor.deploy.script;

/** When a script of a release runs. Its file has this name in lower case, without a suffix, and is executable. */
public enum Hook {
    /** Before the first instance of another release is started, once for the release in its cluster. */
    MIGRATE,
    /** Before the first instance of a cluster that stands still is started. */
    START,
    /** When as many instances as desired are healthy for the first time; before that none of them is registered. */
    CHECK,
    /** Before the last instances of a cluster are stopped. They are stopped however it ends. */
    STOP;

    String file() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
