package io.tricolor.standalone.suite;

import io.tricolor.engines.ProcessSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One process of the suite.
 *
 * @param needs names of the processes that must be ready before it is started
 * @param ports that it listens on
 * @param url where people reach it; null when they do not
 * @param spec how to start it; asked at each start, so that a missing build is told then
 * @param beforeStart runs before a start, not before an adoption
 * @param afterReady runs whenever it has become ready
 * @param beforeStop runs before it is asked to end, also when it does not run; must not fail
 */
record Part(
        String name,
        Set<String> needs,
        List<Integer> ports,
        @Nullable String url,
        Supplier<ProcessSpec> spec,
        Runnable beforeStart,
        Runnable afterReady,
        Runnable beforeStop) {

    Part {
        needs = Set.copyOf(needs);
        ports = List.copyOf(ports);
    }

    static Part of(
            String name, Set<String> needs, List<Integer> ports, @Nullable String url, Supplier<ProcessSpec> spec) {
        return new Part(name, needs, ports, url, spec, () -> {}, () -> {}, () -> {});
    }

    Part beforeStart(Runnable action) {
        return new Part(name, needs, ports, url, spec, action, afterReady, beforeStop);
    }

    Part afterReady(Runnable action) {
        return new Part(name, needs, ports, url, spec, beforeStart, action, beforeStop);
    }

    Part beforeStop(Runnable action) {
        return new Part(name, needs, ports, url, spec, beforeStart, afterReady, action);
    }

    /** The file by which a later supervisor finds the process. */
    Path pidFile(Suite suite) {
        return suite.pidFile(name);
    }
}
