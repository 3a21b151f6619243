package io.tricolor.deploy.script;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.revwalk.RevCommit;

/** A repository elsewhere. */
public final class GitRemote implements AutoCloseable {

    private final Path directory;
    private final Git git;

    /** An empty one. */
    public GitRemote(Path directory) throws GitAPIException {
        this.directory = directory;
        this.git = Git.init()
                .setDirectory(directory.toFile())
                .setInitialBranch("main")
                .call();
    }

    /** Where it is read from. */
    public URI url() {
        return directory.toUri();
    }

    /** Writes executable files and commits them. */
    public RevCommit commit(Map<String, String> files) throws IOException, GitAPIException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        git.add().addFilepattern(".").call();
        return git.commit()
                .setMessage("scripts")
                .setAuthor("ann", "ann@example.org")
                .setCommitter("ann", "ann@example.org")
                .setSign(false)
                .call();
    }

    void tag(String name, RevCommit commit) throws GitAPIException {
        git.tag()
                .setName(name)
                .setObjectId(commit)
                .setForceUpdate(true)
                .setAnnotated(false)
                .setSigned(false)
                .call();
    }

    void link(String name, String target) throws IOException {
        Files.createSymbolicLink(directory.resolve(name), Path.of(target));
    }

    /** It is no more. */
    void vanish() throws IOException {
        git.close();
        ScriptRepositories.delete(directory);
    }

    @Override
    public void close() {
        git.close();
    }
}
