package io.tricolor.contracts;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name under which a fact is stored and published. Class and package names may change; this name may not. A change
 * of meaning raises {@link #revision()} and brings an upcaster and a golden sample.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface EventType {

    /** Dotted, lower case, for example {@code cluster-group.upgrade-started}. */
    String value();

    /** From 1 upwards. */
    int revision() default 1;
}
