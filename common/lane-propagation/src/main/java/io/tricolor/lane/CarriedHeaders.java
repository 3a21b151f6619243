package io.tricolor.lane;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The headers of one incoming request that are carried on. In a reactive application they are in the Reactor context
 * under this class; in an application with a thread for each request they belong to the thread. Immutable.
 */
public final class CarriedHeaders {

    /** Of a request that has none, and of what no request has caused. */
    public static final CarriedHeaders NONE = new CarriedHeaders(Collections.emptyMap());

    private static final ThreadLocal<CarriedHeaders> CURRENT = new ThreadLocal<>();

    private final Map<String, String> values;

    private CarriedHeaders(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Takes them from a request.
     *
     * @param names which
     * @param header value of a header by its name; null when there is none
     */
    static CarriedHeaders of(List<String> names, Function<String, @Nullable String> header) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : names) {
            String value = header.apply(name);
            if (value != null && !value.isEmpty()) {
                values.put(name, value);
            }
        }
        return values.isEmpty() ? NONE : new CarriedHeaders(Collections.unmodifiableMap(values));
    }

    /** Of the request that this thread works for. */
    public static CarriedHeaders current() {
        CarriedHeaders current = CURRENT.get();
        return current == null ? NONE : current;
    }

    /** Does something for the same request, on whatever thread this is called. */
    public <T> T call(Callable<T> work) throws Exception {
        CarriedHeaders before = CURRENT.get();
        CURRENT.set(this);
        try {
            return work.call();
        } finally {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        }
    }

    /** Adds them to an outgoing request; a header that it has already is not touched. */
    void addTo(Predicate<String> hasAlready, BiConsumer<String, String> set) {
        values.forEach((name, value) -> {
            if (!hasAlready.test(name)) {
                set.accept(name, value);
            }
        });
    }

    boolean isEmpty() {
        return values.isEmpty();
    }

    @Override
    public String toString() {
        // Values may name a person.
        return values.keySet().toString();
    }
}
