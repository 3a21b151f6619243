package io.tricolor.kit.inbox;

/** Facts of a stream are missing. Nothing after the gap is applied. */
public final class SequenceGap extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SequenceGap(String consumer, String subject, long last, long received) {
        super("consumer " + consumer + " has seen " + subject + " up to sequence " + last + " and now received "
                + received + ": what lies between is missing");
    }
}
