package io.tricolor.kit.eventstore;

import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.axonframework.eventhandling.DomainEventData;
import org.axonframework.eventsourcing.snapshotting.SnapshotFilter;
import org.axonframework.serialization.Revision;
import org.axonframework.serialization.RevisionResolver;
import org.jspecify.annotations.Nullable;

/**
 * The revision of a state that is kept as a snapshot: the number in its {@link Revision}, and a hash of its fields and
 * of theirs. A snapshot of another revision is not read; the state is folded from the events. So the number is raised
 * when the same fields get another meaning; another form shows by itself.
 */
final class StateShapes implements RevisionResolver, SnapshotFilter {

    private static final String OURS = "io.tricolor.";

    private final Map<Class<?>, String> revisions = new ConcurrentHashMap<>();

    @Override
    public @Nullable String revisionOf(Class<?> type) {
        return type.getName().startsWith(OURS) ? revisions.computeIfAbsent(type, StateShapes::revision) : null;
    }

    @Override
    public boolean test(DomainEventData<?> snapshot) {
        var type = snapshot.getPayload().getType();
        try {
            Class<?> today = Class.forName(type.getName());
            return String.valueOf(revisionOf(today)).equals(String.valueOf(type.getRevision()));
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static String revision(Class<?> type) {
        Map<String, String> shapes = new TreeMap<>();
        describe(type, shapes);
        Revision number = type.getAnnotation(Revision.class);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(shapes.toString().getBytes(StandardCharsets.UTF_8));
            return (number == null ? "0" : number.value())
                    + "-"
                    + HexFormat.of().formatHex(hash).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void describe(Type type, Map<String, String> shapes) {
        switch (type) {
            case Class<?> c -> describe(c, shapes);
            case ParameterizedType p -> {
                describe(p.getRawType(), shapes);
                Arrays.stream(p.getActualTypeArguments()).forEach(argument -> describe(argument, shapes));
            }
            case WildcardType w -> Arrays.stream(w.getUpperBounds()).forEach(bound -> describe(bound, shapes));
            case GenericArrayType a -> describe(a.getGenericComponentType(), shapes);
            default -> {
                // a variable of a generic class: its arguments are described where it is used
            }
        }
    }

    private static void describe(Class<?> type, Map<String, String> shapes) {
        if (type.isArray()) {
            describe(type.getComponentType(), shapes);
            return;
        }
        if (!type.getName().startsWith(OURS) || shapes.containsKey(type.getName())) {
            return;
        }
        shapes.put(type.getName(), "");
        Field[] fields = type.getDeclaredFields();
        Arrays.sort(fields, Comparator.comparing(Field::getName));
        StringBuilder shape = new StringBuilder();
        for (Field field : fields) {
            if (field.isEnumConstant()) {
                shape.append(field.getName()).append(';');
            } else if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                shape.append(field.getName())
                        .append(':')
                        .append(field.getGenericType().getTypeName())
                        .append(';');
                describe(field.getGenericType(), shapes);
            }
        }
        if (type.isSealed()) {
            Arrays.stream(type.getPermittedSubclasses()).forEach(subtype -> describe(subtype, shapes));
        }
        shapes.put(type.getName(), shape.toString());
    }
}
