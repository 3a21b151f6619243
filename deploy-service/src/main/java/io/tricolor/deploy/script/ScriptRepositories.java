package io.tricolor.deploy.script;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.SecretRef;
import io.tricolor.deploy.secret.Secrets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.eclipse.jgit.api.FetchCommand;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.diff.DiffFormatter;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;
import org.eclipse.jgit.treewalk.CanonicalTreeParser;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.springframework.stereotype.Component;

/**
 * Copies of the repositories, and directories of scripts taken out of them. What was taken out once stays, and is had
 * without its repository. Blocking. Thread-safe.
 */
@Component
class ScriptRepositories {

    private static final long MOST_BYTES = 64L << 20;
    private static final int MOST_FILES = 10_000;
    private static final int MOST_DIFF = 1 << 20;

    private final ScriptProperties properties;
    private final Secrets secrets;
    private final ConcurrentMap<String, Object> locks = new ConcurrentHashMap<>();

    ScriptRepositories(ScriptProperties properties, Secrets secrets) {
        this.properties = properties;
        this.secrets = secrets;
    }

    /** There are no such scripts, however often they are asked for. */
    static final class Wrong extends Exception {

        private static final long serialVersionUID = 1L;

        Wrong(String message) {
            super(message);
        }
    }

    /**
     * The directory with the scripts, compared with commit and tree when it was taken out.
     *
     * @throws IOException when the repository does not answer; to be tried again
     */
    Path directory(ScriptRevision revision) throws IOException, Wrong {
        Path kept = properties.kept().resolve("trees").resolve(revision.tree());
        if (Files.isDirectory(kept)) {
            return kept;
        }
        synchronized (lock(revision.repository())) {
            if (Files.isDirectory(kept)) {
                return kept;
            }
            try (Repository repository = open(revision.repository())) {
                ObjectId tree = tree(repository, revision);
                Path fresh = Files.createTempDirectory(Files.createDirectories(kept.getParent()), "fresh-");
                try {
                    write(repository, tree, fresh);
                    move(fresh, kept);
                } finally {
                    delete(fresh);
                }
            }
            return kept;
        }
    }

    private ObjectId tree(Repository repository, ScriptRevision revision) throws IOException, Wrong {
        RevCommit commit = commit(repository, revision.commit()).orElse(null);
        if (commit == null) {
            fetch(repository, revision.repository());
            commit = commit(repository, revision.commit())
                    .orElseThrow(() -> new Wrong("repository " + revision.repository() + " has no commit "
                            + revision.commit() + " in a branch or tag"));
        }
        ObjectId tree = treeAt(repository, commit, revision.directory());
        if (!tree.name().equals(revision.tree())) {
            throw new Wrong("the scripts " + revision + " have the tree " + tree.name() + " there");
        }
        keep(repository, commit);
        return tree;
    }

    private static Optional<RevCommit> commit(Repository repository, String id) throws IOException {
        try (RevWalk walk = new RevWalk(repository)) {
            return Optional.of(walk.parseCommit(ObjectId.fromString(id)));
        } catch (MissingObjectException e) {
            return Optional.empty();
        }
    }

    private static ObjectId treeAt(Repository repository, RevCommit commit, String directory)
            throws IOException, Wrong {
        if (directory.isEmpty()) {
            return commit.getTree().getId();
        }
        try (TreeWalk walk = TreeWalk.forPath(repository, directory, commit.getTree())) {
            if (walk == null || !walk.getFileMode(0).equals(FileMode.TREE)) {
                throw new Wrong("commit " + commit.name() + " has no directory " + directory);
            }
            return walk.getObjectId(0);
        }
    }

    /** A name of its own, so that it stays when its branch has gone. */
    private static void keep(Repository repository, RevCommit commit) throws IOException {
        RefUpdate update = repository.updateRef("refs/tricolor/" + commit.name());
        update.setNewObjectId(commit);
        update.forceUpdate();
    }

    private static void write(Repository repository, ObjectId tree, Path target) throws IOException, Wrong {
        long bytes = 0;
        int files = 0;
        try (TreeWalk walk = new TreeWalk(repository)) {
            walk.addTree(tree);
            walk.setRecursive(true);
            while (walk.next()) {
                FileMode mode = walk.getFileMode(0);
                Path file = target.resolve(walk.getPathString()).normalize();
                if ((!mode.equals(FileMode.REGULAR_FILE) && !mode.equals(FileMode.EXECUTABLE_FILE))
                        || !file.startsWith(target)) {
                    throw new Wrong("the scripts have " + walk.getPathString() + ", which is no plain file");
                }
                ObjectLoader content = repository.open(walk.getObjectId(0), Constants.OBJ_BLOB);
                bytes += content.getSize();
                if (++files > MOST_FILES || bytes > MOST_BYTES) {
                    throw new Wrong(
                            "the scripts are more than " + MOST_FILES + " files or " + (MOST_BYTES >> 20) + " MiB");
                }
                Files.createDirectories(file.getParent());
                try (var out = Files.newOutputStream(file)) {
                    content.copyTo(out);
                }
                if (mode.equals(FileMode.EXECUTABLE_FILE)) {
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
            }
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException | FileAlreadyExistsException e) {
            if (!Files.isDirectory(to)) {
                throw e;
            }
        }
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }

    /** What a branch, tag or commit names now; refused with NOT_FOUND when it names nothing. */
    ScriptRevision resolve(String name, String directory, String reference) throws IOException {
        synchronized (lock(name)) {
            try (Repository repository = open(name)) {
                fetch(repository, name);
                ObjectId found = null;
                for (String form : List.of("refs/tags/", "refs/remotes/origin/", "")) {
                    // Names alone, and whole commits: what else JGit would understand is not needed.
                    if (found == null && (!form.isEmpty() || ObjectId.isId(reference))) {
                        found = repository.resolve(form + reference + "^{commit}");
                    }
                }
                if (found == null) {
                    throw new Rejected(
                            Code.NOT_FOUND, "repository " + name + " has no branch, tag or commit of that name");
                }
                try (RevWalk walk = new RevWalk(repository)) {
                    RevCommit commit = walk.parseCommit(found);
                    ScriptRevision revision = new ScriptRevision(
                            name,
                            directory,
                            commit.name(),
                            treeAt(repository, commit, directory).name());
                    directory(revision);
                    return revision;
                }
            } catch (Wrong e) {
                throw new Rejected(Code.SCRIPT_INVALID, String.valueOf(e.getMessage()));
            }
        }
    }

    /** How the scripts of two releases differ, as git shows it; both from one repository. */
    String diff(ScriptRevision from, ScriptRevision to) throws IOException, Wrong {
        if (!from.repository().equals(to.repository())) {
            throw new Wrong("the scripts are of two repositories, " + from.repository() + " and " + to.repository());
        }
        synchronized (lock(from.repository())) {
            try (Repository repository = open(from.repository());
                    ObjectReader reader = repository.newObjectReader();
                    ByteArrayOutputStream text = new ByteArrayOutputStream();
                    DiffFormatter formatter = new DiffFormatter(text)) {
                formatter.setRepository(repository);
                formatter.setDetectRenames(true);
                var old = new CanonicalTreeParser();
                old.reset(reader, tree(repository, from));
                var fresh = new CanonicalTreeParser();
                fresh.reset(reader, tree(repository, to));
                formatter.format(old, fresh);
                formatter.flush();
                if (text.size() > MOST_DIFF) {
                    throw new Wrong("the difference is larger than " + (MOST_DIFF >> 20) + " MiB");
                }
                return text.toString(StandardCharsets.UTF_8);
            }
        }
    }

    private Repository open(String name) throws IOException, Wrong {
        if (!properties.repositories().containsKey(name) && !Files.isDirectory(copy(name))) {
            throw new Wrong("tricolor.scripts.repositories names no " + name);
        }
        Repository repository = new FileRepositoryBuilder()
                .setBare()
                .setGitDir(Files.createDirectories(copy(name)).toFile())
                .build();
        if (!Files.exists(copy(name).resolve("HEAD"))) {
            repository.create(true);
        }
        return repository;
    }

    private Path copy(String name) {
        return properties.kept().resolve("repositories").resolve(name + ".git");
    }

    private void fetch(Repository repository, String name) throws IOException, Wrong {
        ScriptProperties.Repository remote = properties.repositories().get(name);
        if (remote == null) {
            throw new Wrong("tricolor.scripts.repositories names no " + name);
        }
        try (Git git = new Git(repository)) {
            FetchCommand fetch = git.fetch()
                    .setRemote(remote.url().toString())
                    .setRefSpecs(
                            new RefSpec("+refs/heads/*:refs/remotes/origin/*"), new RefSpec("+refs/tags/*:refs/tags/*"))
                    .setTagOpt(TagOpt.NO_TAGS)
                    .setRemoveDeletedRefs(true)
                    .setTimeout((int) properties.fetchWithin().toSeconds());
            if (remote.username() != null && remote.passwordSecret() != null) {
                fetch.setCredentialsProvider(
                        new UsernamePasswordCredentialsProvider(remote.username(), password(remote.passwordSecret())));
            }
            fetch.call();
        } catch (GitAPIException e) {
            throw new IOException("repository " + name + " cannot be read: " + e.getMessage(), e);
        }
    }

    private String password(String secret) throws IOException {
        try {
            Map<String, String> values = new HashMap<>();
            secrets.resolve(new TreeMap<>(Map.of("value", new SecretRef(secret))))
                    .addTo(values);
            return values.getOrDefault("value", "");
        } catch (Secrets.Missing e) {
            throw new IOException("there is no secret " + secret, e);
        }
    }

    private Object lock(String name) {
        return locks.computeIfAbsent(name, key -> new Object());
    }
}
