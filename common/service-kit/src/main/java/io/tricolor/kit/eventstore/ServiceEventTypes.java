package io.tricolor.kit.eventstore;

import java.util.Collection;

/** A bean of this type names events that a service stores and that are not in the published contracts. */
@FunctionalInterface
public interface ServiceEventTypes {

    /** Classes that carry {@link io.tricolor.contracts.EventType}. Their names may not clash with published ones. */
    Collection<Class<?>> types();
}
