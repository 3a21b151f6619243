package io.tricolor.kit.problem;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;

/**
 * A failure as the client sees it.
 *
 * @param code stable
 * @param detail for a person
 * @param unexpected whether it is a defect of ours, whose cause is worth a line in the log
 */
record Problem(Code code, String detail, boolean unexpected) {

    static Problem of(Rejection rejection) {
        return new Problem(rejection.code(), rejection.message(), false);
    }

    static Problem of(Code code, String detail) {
        return new Problem(code, detail, false);
    }
}
