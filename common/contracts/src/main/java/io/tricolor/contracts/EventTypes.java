package io.tricolor.contracts;

import io.tricolor.contracts.audit.AuditFact;
import io.tricolor.contracts.config.ConfigEvent;
import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.contracts.deployment.DeployCommand;
import io.tricolor.contracts.deployment.DeploymentObservation;
import io.tricolor.contracts.freeze.FreezeEvent;
import io.tricolor.contracts.gate.GateCommand;
import io.tricolor.contracts.gate.GateObservation;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.health.HealthEvent;
import io.tricolor.contracts.load.LoadCommand;
import io.tricolor.contracts.load.LoadObservation;
import io.tricolor.contracts.plan.PlanTemplateEvent;
import io.tricolor.contracts.scaling.ScalingEvent;
import io.tricolor.contracts.snapshot.StateSnapshot;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All published message types by name. A message on Kafka says its type in the {@code ce_type} header as
 * {@code io.tricolor.<name>.v<revision>}; its value is the record as JSON.
 */
public final class EventTypes {

    private static final String PREFIX = "io.tricolor.";
    private static final Pattern REVISION = Pattern.compile("\\.v([1-9][0-9]{0,8})$");

    private static final Map<String, Class<?>> BY_NAME = index(
            ClusterGroupEvent.class,
            ClusterDeploymentEvent.class,
            ConfigEvent.class,
            FreezeEvent.class,
            PlanTemplateEvent.class,
            ScalingEvent.class,
            HealthEvent.class,
            DeployCommand.class,
            DeploymentObservation.class,
            GateCommand.class,
            GateObservation.class,
            LoadCommand.class,
            LoadObservation.class,
            AuditFact.class,
            StateSnapshot.class);

    private EventTypes() {}

    /**
     * Stored name of a message class. Throws {@link IllegalArgumentException} for a class without {@link EventType}.
     */
    public static String nameOf(Class<?> type) {
        return annotationOf(type).value();
    }

    /**
     * Stored revision of a message class. Throws {@link IllegalArgumentException} for a class without
     * {@link EventType}.
     */
    public static int revisionOf(Class<?> type) {
        return annotationOf(type).revision();
    }

    /** Value of the {@code ce_type} header for a message class. */
    public static String cloudEventTypeOf(Class<?> type) {
        return PREFIX + nameOf(type) + ".v" + revisionOf(type);
    }

    /** The class for a stored name, empty for a name this version does not know. */
    public static Optional<Class<?>> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** The class for a {@code ce_type} header, empty for a type this version does not know. */
    public static Optional<Class<?>> byCloudEventType(String ceType) {
        int version = ceType.lastIndexOf(".v");
        if (!ceType.startsWith(PREFIX) || version < 0) {
            return Optional.empty();
        }
        return byName(ceType.substring(PREFIX.length(), version));
    }

    /** The revision that a {@code ce_type} header names; empty when it names none. */
    public static OptionalInt revisionIn(String ceType) {
        Matcher revision = REVISION.matcher(ceType);
        return revision.find() ? OptionalInt.of(Integer.parseInt(revision.group(1))) : OptionalInt.empty();
    }

    /** Every published message class. */
    public static Collection<Class<?>> all() {
        return BY_NAME.values();
    }

    private static Map<String, Class<?>> index(Class<?>... families) {
        Map<String, Class<?>> byName = new TreeMap<>();
        for (Class<?> family : families) {
            for (Class<?> type : family.getPermittedSubclasses()) {
                Class<?> other = byName.put(nameOf(type), type);
                if (other != null) {
                    throw new IllegalStateException(type + " and " + other + " share the name " + nameOf(type));
                }
            }
        }
        return Collections.unmodifiableMap(byName);
    }

    private static EventType annotationOf(Class<?> type) {
        EventType annotation = type.getAnnotation(EventType.class);
        if (annotation == null) {
            throw new IllegalArgumentException(type.getName() + " is not a published message type");
        }
        return annotation;
    }
}
