package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.Router;
import io.tricolor.standalone.suite.SuiteControl;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which router the suite is started with. */
final class RouterOption {

    @Option(
            names = "--router",
            paramLabel = "NAME",
            description =
                    "gateway (on the JVM) or nginx (needs nginx with Lua; it is said what is missing); default: as the last"
                            + " time, at first gateway")
    private @Nullable Router router;

    /** Before the start. */
    void apply(SuiteControl control) {
        if (router != null) {
            control.choose(router);
        }
    }
}
