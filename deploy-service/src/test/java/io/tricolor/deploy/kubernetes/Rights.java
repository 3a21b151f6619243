package io.tricolor.deploy.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What a role grants and what a request needs, each as {@code apps/deployments patch}. */
final class Rights {

    private Rights() {}

    /** Of the one role in a manifest. */
    static Set<String> granted(Path manifest) {
        Set<String> rights = new TreeSet<>();
        for (HasMetadata object : objects(manifest)) {
            if (object instanceof Role role) {
                role.getRules()
                        .forEach(rule -> rule.getApiGroups()
                                .forEach(group -> rule.getResources()
                                        .forEach(resource -> rule.getVerbs()
                                                .forEach(verb -> rights.add(named(group, resource, verb))))));
            }
        }
        return rights;
    }

    private static List<HasMetadata> objects(Path manifest) {
        try {
            return Serialization.unmarshal(Files.readString(manifest)) instanceof List<?> list
                    ? list.stream().map(HasMetadata.class::cast).toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Of one request. Applying something that is not there needs two.
     *
     * @param isThere whether the path leads to something
     */
    static List<String> needed(String method, String pathAndQuery, boolean isThere) {
        int mark = pathAndQuery.indexOf('?');
        String path = mark < 0 ? pathAndQuery : pathAndQuery.substring(0, mark);
        String query = mark < 0 ? "" : pathAndQuery.substring(mark);
        List<String> parts = List.of(path.substring(1).split("/", -1));
        boolean core = parts.getFirst().equals("api");
        String group = core ? "" : parts.get(1);
        List<String> behind = parts.subList(core ? 4 : 5, parts.size());
        String resource = behind.size() > 2 ? behind.get(0) + "/" + behind.get(2) : behind.getFirst();
        List<String> rights = new ArrayList<>();
        switch (method) {
            case "GET" ->
                rights.add(named(
                        group, resource, behind.size() > 1 ? "get" : query.contains("watch=true") ? "watch" : "list"));
            case "POST" -> rights.add(named(group, resource, "create"));
            case "PUT" -> rights.add(named(group, resource, "update"));
            case "PATCH" -> {
                rights.add(named(group, resource, "patch"));
                if (!isThere) {
                    rights.add(named(group, resource, "create"));
                }
            }
            case "DELETE" -> rights.add(named(group, resource, behind.size() > 1 ? "delete" : "deletecollection"));
            default -> rights.add(named(group, resource, method));
        }
        return rights;
    }

    private static String named(String group, String resource, String verb) {
        return group + "/" + resource + " " + verb;
    }
}
