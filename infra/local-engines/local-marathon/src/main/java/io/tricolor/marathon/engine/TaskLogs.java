package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.Refused;
import io.tricolor.marathon.task.Sandbox;
import io.tricolor.marathon.task.TaskLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The logs of tasks, of those that have ended too while their sandboxes are kept. Blocking; for any thread. */
public final class TaskLogs {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,1000}");
    private static final long LOOK_MILLIS = 50;

    private final Engine engine;
    private final Path sandboxes;

    TaskLogs(Engine engine, Path sandboxes) {
        this.engine = engine;
        this.sandboxes = sandboxes;
    }

    /**
     * Some of a log.
     *
     * @param ended whether the task has ended and nothing comes behind this
     */
    public record Part(TaskLog.Piece piece, boolean ended) {}

    /** The last lines. Refuses with 404 when there is no such log. */
    public Part tail(String taskId, String stream, int lines, int maxBytes) throws IOException {
        boolean running = isTask(taskId);
        TaskLog log = log(taskId, stream, running);
        try {
            TaskLog.Piece piece = log.read(log.lastLines(lines, maxBytes), maxBytes);
            return new Part(piece, !running && piece.content().length == 0);
        } catch (NoSuchFileException e) {
            return none(taskId, stream, running);
        }
    }

    /**
     * What was written behind a position. Waits for it when there is nothing and the task runs.
     *
     * @param wait at most so long
     */
    public Part read(String taskId, String stream, long from, int maxBytes, Duration wait)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + wait.toNanos();
        while (true) {
            boolean running = isTask(taskId);
            TaskLog log = log(taskId, stream, running);
            Part part;
            try {
                TaskLog.Piece piece = log.read(from, maxBytes);
                part = new Part(piece, !running && piece.content().length == 0);
            } catch (NoSuchFileException e) {
                part = none(taskId, stream, running);
            }
            if (part.piece().content().length > 0 || part.ended() || System.nanoTime() - end >= 0) {
                return part;
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Tasks of an app of which there are logs, the newest first. */
    public ArrayNode of(String appId) throws IOException {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        String prefix = appId.substring(1).replace('/', '_') + ".instance-";
        List<Path> found;
        try (Stream<Path> directories = Files.list(sandboxes)) {
            found = directories
                    .filter(path -> path.getFileName().toString().startsWith(prefix))
                    .sorted(Comparator.comparingLong((Path path) -> writtenAt(path))
                            .reversed())
                    .toList();
        } catch (NoSuchFileException e) {
            return all;
        }
        for (Path directory : found) {
            String taskId = directory.getFileName().toString();
            ObjectNode json = all.addObject();
            json.put("id", taskId).put("running", isTask(taskId));
            json.put("writtenAt", App.timestamp(Instant.ofEpochMilli(writtenAt(directory))));
        }
        return all;
    }

    private static long writtenAt(Path directory) {
        long newest = directory.toFile().lastModified();
        for (String stream : Sandbox.STREAMS) {
            newest = Math.max(newest, directory.resolve(stream).toFile().lastModified());
        }
        return newest;
    }

    private TaskLog log(String taskId, String stream, boolean running) {
        if (!Sandbox.STREAMS.contains(stream)) {
            throw Refused.with(400, "stream is one of " + Sandbox.STREAMS + ", not: " + stream);
        }
        if (!running && (!NAME.matcher(taskId).matches() || !Files.isDirectory(sandboxes.resolve(taskId)))) {
            throw noLog(taskId, stream);
        }
        return new Sandbox(sandboxes.resolve(taskId)).log(stream);
    }

    /** Before the start a task has written nothing; one that never started never will. */
    private static Part none(String taskId, String stream, boolean running) {
        if (running) {
            return new Part(new TaskLog.Piece(0, new byte[0]), false);
        }
        throw noLog(taskId, stream);
    }

    private static Refused noLog(String taskId, String stream) {
        return Refused.with(404, "There is no " + stream + " of task '" + taskId + "'.");
    }

    private boolean isTask(String taskId) {
        return engine.read(views -> views.isTask(taskId));
    }
}
