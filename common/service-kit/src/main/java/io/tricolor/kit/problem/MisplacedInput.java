package io.tricolor.kit.problem;

/** Of a body that is not JSON: where the part stands that the cause is about. The answer says so. */
public final class MisplacedInput extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String place;

    /** @param place for people, for example "line 3, column 5" */
    public MisplacedInput(String place, Throwable cause) {
        super(place, cause);
        this.place = place;
    }

    String place() {
        return place;
    }
}
