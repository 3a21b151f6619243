package io.tricolor.config.client;

import io.prometheus.client.Counter;
import io.tricolor.config.ConfigProperties;
import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.config.secret.Secrets;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.security.Actor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Puts together what an application gets. The most specific source comes first: later profiles before earlier ones and
 * before {@code default}, earlier labels before later ones, and the application before what all applications share. An
 * unknown application gets what all share; an unknown label is refused. Blocking.
 */
@Component
class Environments {

    private static final int MOST_NAMES = 20;

    /** A revision that a release is bound to, in the place of a label: {@code shop/prod/main@3}. */
    private static final Pattern PIN = Pattern.compile("([^/@]+)/([^/@]+)/([^@]+)@([1-9][0-9]{0,17})");

    private static final Counter READS = Counter.build(
                    "tricolor_config_reads_total",
                    "Configurations read by clients, by whether the application has some of its own")
            .labelNames("own")
            .register();

    private final Revisions revisions;
    private final Secrets secrets;
    private final String defaultLabel;

    Environments(Revisions revisions, Secrets secrets, ConfigProperties properties) {
        this.revisions = revisions;
        this.secrets = secrets;
        this.defaultLabel = properties.defaultLabel();
    }

    /**
     * What an application gets.
     *
     * @param name as it was asked for
     * @param profiles as they were asked for
     * @param label as it was asked for, with slashes
     * @param sources the most specific one first
     */
    record ClientEnvironment(String name, List<String> profiles, String label, List<Source> sources) {

        /** The revisions inside, for example {@code shop/dev@3+application/default@1}. */
        String version() {
            return sources.isEmpty()
                    ? "none"
                    : String.join(
                            "+",
                            sources.stream()
                                    .map(source -> source.namespace().application() + "/"
                                            + source.namespace().profile() + "@" + source.revision())
                                    .toList());
        }
    }

    /**
     * The content of a namespace at a revision.
     *
     * @param values decrypted
     */
    record Source(NamespaceId namespace, long revision, Map<String, Object> values, Map<String, String> files) {

        /**
         * The client takes a source for profile-specific when its name has the profile behind a dash, as the name of a
         * file would. The label is behind the revision, so that no part of it is taken for a profile.
         */
        String name() {
            String profile = namespace.profile().equals(NamespaceId.DEFAULT_PROFILE) ? "" : "-" + namespace.profile();
            return "tricolor:" + namespace.application() + profile + "@" + revision + "/"
                    + namespace.label().replace('-', '_');
        }

        /** Where its values are from. */
        String origin() {
            return namespace + "@" + revision;
        }
    }

    /**
     * Throws {@link Rejected} with {@code FORBIDDEN} for an application that the token is not for, and with
     * {@code LABEL_NOT_FOUND}.
     *
     * @param label {@code main}, a list, or the revision that a release is bound to; null: the default one
     */
    ClientEnvironment find(String application, String profiles, @Nullable String label, Actor actor) {
        revisions.whole();
        List<String> applications = names("application", application);
        for (String name : applications) {
            if (!actor.isFor(name) && !name.equals(NamespaceId.SHARED)) {
                throw new Rejected(
                        Code.FORBIDDEN, "the token of " + actor.name() + " is not for the application " + name);
            }
        }
        String asked = label == null ? defaultLabel : label.replace("(_)", "/");
        Matcher pin = PIN.matcher(asked);
        List<String> labels = names("label", pin.matches() ? pin.group(3) : asked);
        Long position = pin.matches() ? (Long) position(pin, applications) : null;
        List<String> known = labels.stream()
                .filter(one -> one.equals(defaultLabel) || revisions.hasLabel(one))
                .toList();
        if (known.isEmpty()) {
            throw new Rejected(Code.LABEL_NOT_FOUND, "nothing was published with the label " + asked);
        }
        List<String> names = names("profile", profiles);
        List<NamespaceId> namespaces = namespaces(applications, names, known);
        Map<String, RevisionView> current = revisions.currentOf(namespaces, position);
        List<Source> sources = new ArrayList<>();
        boolean own = false;
        for (NamespaceId namespace : namespaces) {
            RevisionView revision = current.get(namespace.toString());
            if (revision != null) {
                ConfigContent content = revisions.contentOf(revision);
                sources.add(new Source(
                        namespace, revision.revision(), secrets.open(content.values(), namespace), content.files()));
                own |= applications.contains(namespace.application());
            }
        }
        READS.labels(Boolean.toString(own)).inc();
        return new ClientEnvironment(application, names, asked, sources);
    }

    /** Everything is as it was when that revision was published: what is shared, and other profiles, too. */
    private long position(Matcher pin, List<String> applications) {
        NamespaceId namespace = new NamespaceId(pin.group(1), pin.group(2), pin.group(3));
        if (!applications.contains(namespace.application())
                && !namespace.application().equals(NamespaceId.SHARED)) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    namespace + " is not the configuration of " + String.join(",", applications));
        }
        return revisions.positionOf(namespace, Long.parseLong(pin.group(4)));
    }

    /** Names separated by commas, each once; blanks around them carry no meaning. */
    private static List<String> names(String what, String text) {
        List<String> names = Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        if (names.isEmpty() || names.size() > MOST_NAMES) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the " + what + " is 1 to " + MOST_NAMES + " names");
        }
        return names;
    }

    static List<NamespaceId> namespaces(List<String> applications, List<String> profiles, List<String> labels) {
        SequencedSet<String> specificFirst = new LinkedHashSet<>(profiles.reversed());
        specificFirst.remove(NamespaceId.DEFAULT_PROFILE);
        specificFirst.addLast(NamespaceId.DEFAULT_PROFILE);
        SequencedSet<NamespaceId> namespaces = new LinkedHashSet<>();
        for (String profile : specificFirst) {
            for (String label : labels) {
                for (String application : applications.reversed()) {
                    if (!application.equals(NamespaceId.SHARED)) {
                        namespaces.add(new NamespaceId(application, profile, label));
                    }
                }
                namespaces.add(new NamespaceId(NamespaceId.SHARED, profile, label));
            }
        }
        return List.copyOf(namespaces);
    }
}
