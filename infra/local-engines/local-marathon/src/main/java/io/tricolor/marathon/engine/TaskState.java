package io.tricolor.marathon.engine;

/** Where a task stands; the API's names are these with {@code TASK_} in front. */
public enum TaskState {
    /** Files are being fetched. */
    STAGING,
    /** The process runs. */
    RUNNING,
    /** It was told to end. */
    KILLING
}
