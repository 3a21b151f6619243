package io.tricolor.kit.openapi;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.swagger.v3.core.util.AnnotationsUtils;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.Discriminator;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.tricolor.kit.security.AccessRules;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.http.HttpMethod;
import tools.jackson.databind.JsonNode;

/**
 * Completes a document by what only the code knows: which members are always there, which may be null, which records a
 * sealed type has, and which roles an operation asks for.
 */
final class Documents implements GlobalOpenApiCustomizer {

    /** Roles of which one is needed; an empty list needs no token. */
    static final String ROLES = "x-roles";

    /** End of the name of what a record is in a request, where it is in answers as well. */
    private static final String BODY = "Input";

    private static final Set<Class<?>> ANYTHING = Set.of(Object.class, JsonNode.class);

    private final RecordNames names;
    private final @Nullable AccessRules rules;

    Documents(RecordNames names, @Nullable AccessRules rules) {
        this.names = names;
        this.rules = rules;
    }

    @Override
    public void customise(OpenAPI document) {
        Map<String, Schema<?>> schemas = schemas(document);
        document.getComponents().addSchemas("Problem", problem());
        names.sealed().forEach(type -> permitted(type, schemas));
        if (!names.clashes().isEmpty()) {
            throw new IllegalStateException(String.join("; ", names.clashes()));
        }
        List.copyOf(schemas.keySet()).forEach(name -> {
            Class<?> described = names.of(name);
            if (described != null && described.isAnnotationPresent(JsonSubTypes.class)) {
                openUp(name, described, schemas);
            }
        });
        alternatives(document, schemas);
        plain(document);
        Set<String> answered = reachable(document, schemas, false);
        Set<String> written = reachable(document, schemas, true);
        schemas.keySet().removeIf(name -> !answered.contains(name) && !written.contains(name));
        Set<String> both = new HashSet<>(written);
        both.retainAll(answered);
        bodiesOfTheirOwn(document, both, written, schemas);
        schemas.replaceAll((name, schema) -> {
            Class<?> described = names.of(name);
            if (described == null || !described.isRecord()) {
                return schema;
            }
            Schema<?> flat = flat(schema);
            members(described, flat, !answered.contains(name));
            return flat;
        });
        roles(document);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<String, Schema<?>> schemas(OpenAPI document) {
        if (document.getComponents().getSchemas() == null) {
            document.getComponents().setSchemas(new LinkedHashMap<>());
        }
        return (Map) document.getComponents().getSchemas();
    }

    private static Schema<?> problem() {
        Schema<?> problem = new Schema<>().types(Set.of("object"));
        problem.description("RFC 9457; docs/problems.md lists the codes.");
        for (String text : List.of("type", "title", "detail", "instance", "code", "traceId")) {
            problem.addProperty(text, new StringSchema().types(Set.of("string")));
            problem.addRequiredItem(text);
        }
        problem.addProperty("status", new IntegerSchema().types(Set.of("integer")));
        problem.addRequiredItem("status");
        return problem;
    }

    /** A sealed type is one of its records, and the discriminator says which. */
    private void openUp(String name, Class<?> sealed, Map<String, Schema<?>> schemas) {
        JsonTypeInfo info = Objects.requireNonNull(sealed.getAnnotation(JsonTypeInfo.class));
        Discriminator discriminator = new Discriminator().propertyName(info.property());
        Schema<?> one = new Schema<>();
        for (JsonSubTypes.Type type : sealed.getAnnotation(JsonSubTypes.class).value()) {
            String sub = nameOf(type.value(), schemas);
            one.addOneOfItem(new Schema<>().$ref(RecordNames.ref(sub)));
            discriminator.mapping(type.name(), RecordNames.ref(sub));
            Schema<?> flat = flat(Objects.requireNonNull(schemas.get(sub)));
            Schema<String> word = new StringSchema();
            word.types(Set.of("string")).setConst(type.name());
            flat.addProperty(info.property(), word);
            flat.addRequiredItem(info.property());
            schemas.put(sub, flat);
        }
        schemas.put(name, one.discriminator(discriminator));
    }

    /** The records of a sealed type have schemas that nobody has asked for by their class. */
    private void permitted(Class<?> sealed, Map<String, Schema<?>> schemas) {
        for (Class<?> sub : sealed.getPermittedSubclasses()) {
            if (schemas.containsKey(sub.getSimpleName())) {
                names.keep(sub.getSimpleName(), sub);
            }
            if (sub.isSealed()) {
                permitted(sub, schemas);
            }
        }
    }

    private String nameOf(Class<?> type, Map<String, Schema<?>> schemas) {
        return schemas.keySet().stream()
                .filter(name -> type.equals(names.of(name)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no schema of " + type.getName()));
    }

    /** The members of a record itself, without the reference to the type that it belongs to. */
    private static Schema<?> flat(Schema<?> sub) {
        if (sub.getAllOf() == null) {
            return sub;
        }
        Schema<?> flat = new Schema<>().types(Set.of("object"));
        flat.description(sub.getDescription());
        for (Schema<?> part : sub.getAllOf()) {
            if (part.getProperties() != null) {
                part.getProperties().forEach(flat::addProperty);
            }
        }
        return flat;
    }

    /** Says of each member of a record whether it is always there, and whether it may be null. */
    private static void members(Class<?> described, Schema<?> schema, boolean isWritten) {
        if (schema.getProperties() == null) {
            return;
        }
        boolean omitsNull = omits(described.getAnnotation(JsonInclude.class));
        Set<String> required = new TreeSet<>(schema.getRequired() == null ? List.of() : schema.getRequired());
        for (RecordComponent component : described.getRecordComponents()) {
            if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
                schema.setRequired(new ArrayList<>(required));
                members(component.getType(), schema, isWritten);
                required.addAll(schema.getRequired());
                continue;
            }
            JsonProperty renamed = component.getAccessor().getAnnotation(JsonProperty.class);
            String member = renamed == null || renamed.value().isEmpty() ? component.getName() : renamed.value();
            Schema<?> value = schema.getProperties().get(member);
            if (value == null) {
                continue;
            }
            boolean isNullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
            boolean isOmitted =
                    omits(component.getAccessor().getAnnotation(JsonInclude.class)) || (isNullable && omitsNull);
            if (ANYTHING.contains(component.getType())) {
                schema.getProperties().put(member, new Schema<>().description("any JSON"));
            } else if (isNullable && !(isOmitted && !isWritten)) {
                schema.getProperties().put(member, orNull(value));
            }
            if (isWritten ? isAsked(component, isNullable || isOmitted) : !isOmitted) {
                required.add(member);
            } else {
                required.remove(member);
            }
        }
        schema.setRequired(new ArrayList<>(required));
    }

    /** What a client has to write: what is never null and has no value of its own when it is left out. */
    private static boolean isAsked(RecordComponent component, boolean mayBeMissing) {
        Class<?> type = component.getType();
        return !mayBeMissing
                && !type.isPrimitive()
                && !Collection.class.isAssignableFrom(type)
                && !Map.class.isAssignableFrom(type);
    }

    private static boolean omits(@Nullable JsonInclude include) {
        return include != null && include.value() != JsonInclude.Include.ALWAYS;
    }

    private static Schema<?> orNull(Schema<?> value) {
        // The words of an enumeration would have to have null among them as well.
        if (value.get$ref() != null || value.getOneOf() != null || value.getEnum() != null) {
            return new Schema<>().addAnyOfItem(value).addAnyOfItem(new Schema<>().types(Set.of("null")));
        }
        if (value.getTypes() != null) {
            Set<String> types = new TreeSet<>(value.getTypes());
            types.add("null");
            value.setTypes(types);
        }
        return value;
    }

    /** What a client may leave out an answer has: a record that stands in both is described twice. */
    private void bodiesOfTheirOwn(
            OpenAPI document, Set<String> both, Set<String> written, Map<String, Schema<?>> schemas) {
        Map<String, Schema<?>> bodies = new LinkedHashMap<>();
        both.forEach(name -> {
            Schema<?> body = AnnotationsUtils.clone(Objects.requireNonNull(schemas.get(name)), true);
            Class<?> described = names.of(name);
            if (described != null) {
                names.keep(name + BODY, described);
            }
            bodies.put(name + BODY, body);
        });
        List<Schema<?>> asked = new ArrayList<>(bodies.values());
        written.stream().filter(name -> !both.contains(name)).forEach(name -> asked.add(schemas.get(name)));
        operations(document)
                .filter(operation -> operation.getRequestBody() != null)
                .forEach(operation -> body(operation.getRequestBody().getContent(), asked));
        Deque<Schema<?>> open = new ArrayDeque<>(asked);
        while (!open.isEmpty()) {
            Schema<?> next = open.pop();
            String name = RecordNames.named(next.get$ref());
            if (name != null && both.contains(name)) {
                next.set$ref(RecordNames.ref(name + BODY));
            }
            if (next.getDiscriminator() != null && next.getDiscriminator().getMapping() != null) {
                next.getDiscriminator().getMapping().replaceAll((word, ref) -> {
                    String sub = Objects.requireNonNull(RecordNames.named(ref));
                    return both.contains(sub) ? RecordNames.ref(sub + BODY) : ref;
                });
            }
            open.addAll(parts(next));
        }
        schemas.putAll(bodies);
    }

    /** Where no member says which of several records it is, a value may fit more than one of them. */
    private static void alternatives(OpenAPI document, Map<String, Schema<?>> schemas) {
        Deque<Schema<?>> open = new ArrayDeque<>(schemas.values());
        operations(document)
                .flatMap(operation -> operation.getResponses().values().stream())
                .forEach(answer -> body(answer.getContent(), open));
        while (!open.isEmpty()) {
            Schema<?> next = open.pop();
            if (next.getOneOf() != null && next.getDiscriminator() == null) {
                next.getOneOf().forEach(next::addAnyOfItem);
                next.setOneOf(null);
            }
            open.addAll(parts(next));
        }
    }

    /** What is no JSON is text or bytes, whatever object writes it. */
    private static void plain(OpenAPI document) {
        operations(document)
                .flatMap(operation -> operation.getResponses().values().stream())
                .filter(answer -> answer.getContent() != null)
                .forEach(answer -> answer.getContent().forEach((type, content) -> {
                    if (!type.endsWith("json")) {
                        Schema<?> text = new StringSchema().types(Set.of("string"));
                        content.setSchema(type.equals("application/octet-stream") ? text.format("binary") : text);
                    }
                }));
    }

    private static Stream<Operation> operations(OpenAPI document) {
        return document.getPaths().values().stream().flatMap(path -> path.readOperations().stream());
    }

    /** The schemas of answers or of requests, with all that they lead to. */
    private static Set<String> reachable(OpenAPI document, Map<String, Schema<?>> schemas, boolean inRequests) {
        Deque<Schema<?>> open = new ArrayDeque<>();
        operations(document).forEach(operation -> {
            if (!inRequests) {
                operation.getResponses().values().forEach(answer -> body(answer.getContent(), open));
            } else if (operation.getRequestBody() != null) {
                body(operation.getRequestBody().getContent(), open);
            }
        });
        Set<String> reached = new HashSet<>();
        while (!open.isEmpty()) {
            Schema<?> next = open.pop();
            String name = RecordNames.named(next.get$ref());
            if (name != null) {
                Schema<?> schema = schemas.get(name);
                if (schema != null && reached.add(name)) {
                    open.add(schema);
                }
            }
            parts(next).forEach(open::add);
        }
        return reached;
    }

    private static void body(@Nullable Content content, Collection<Schema<?>> open) {
        if (content != null) {
            content.values().stream()
                    .map(media -> (Schema<?>) media.getSchema())
                    .filter(Objects::nonNull)
                    .forEach(open::add);
        }
    }

    private static List<Schema<?>> parts(Schema<?> schema) {
        List<Schema<?>> parts = new ArrayList<>();
        if (schema.getProperties() != null) {
            schema.getProperties().values().forEach(parts::add);
        }
        if (schema.getItems() != null) {
            parts.add(schema.getItems());
        }
        if (schema.getAdditionalProperties() instanceof Schema<?> values) {
            parts.add(values);
        }
        for (List<?> some : new List<?>[] {schema.getOneOf(), schema.getAnyOf(), schema.getAllOf()}) {
            if (some != null) {
                some.forEach(part -> parts.add((Schema<?>) part));
            }
        }
        return parts;
    }

    private void roles(OpenAPI document) {
        if (rules == null) {
            return;
        }
        document.getPaths()
                .forEach((path, item) -> item.readOperationsMap()
                        .forEach((method, operation) -> operation.addExtension(
                                ROLES,
                                List.copyOf(new TreeSet<>(rules.roles(HttpMethod.valueOf(method.name()), path))))));
    }
}
