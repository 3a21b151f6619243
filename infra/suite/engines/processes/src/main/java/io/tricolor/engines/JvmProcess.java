package io.tricolor.engines;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines for runnable modules: {@code java <flags> -cp <jar>:<class path> <main class> <arguments>}. */
public final class JvmProcess {

    /** For small machines: one collector thread, the quick compiler only, no warnings about native access. */
    public static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED");

    private JvmProcess() {}

    /**
     * Command line of the runnable module in {@code moduleDirectory}.
     *
     * @throws EngineFailed when the module is not built, with what to do about it
     */
    public static List<String> command(
            Path moduleDirectory, String mainClass, List<String> jvmFlags, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(java().toString());
        command.addAll(jvmFlags);
        command.add("-cp");
        command.add(classPath(moduleDirectory));
        command.add(mainClass);
        command.addAll(arguments);
        return List.copyOf(command);
    }

    /** The {@code java} program of the JDK that this JVM runs on. */
    public static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** Jar and class path of a runnable module. */
    public static String classPath(Path moduleDirectory) {
        Path target = moduleDirectory.resolve("target");
        Path list = target.resolve("classpath.txt");
        if (!Files.isReadable(list)) {
            throw notBuilt(moduleDirectory, "there is no " + list);
        }
        try {
            String libraries = Files.readString(list).strip();
            Path jar = jar(moduleDirectory);
            return libraries.isEmpty() ? jar.toString() : jar + File.pathSeparator + libraries;
        } catch (IOException e) {
            throw new EngineFailed("cannot read the class path of " + moduleDirectory, e);
        }
    }

    /** The jar that a module was built to. */
    public static Path jar(Path moduleDirectory) {
        Path target = moduleDirectory.resolve("target");
        if (!Files.isDirectory(target)) {
            throw notBuilt(moduleDirectory, "there is no " + target);
        }
        try (var files = Files.list(target)) {
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar"))
                    .filter(file -> !file.toString().matches(".*-(sources|javadoc|tests)\\.jar"))
                    .toList();
            if (jars.size() != 1) {
                throw notBuilt(moduleDirectory, target + " holds " + jars.size() + " jars, not one");
            }
            return jars.getFirst().toAbsolutePath();
        } catch (IOException e) {
            throw new EngineFailed("cannot read " + target, e);
        }
    }

    private static EngineFailed notBuilt(Path moduleDirectory, String why) {
        return new EngineFailed(moduleDirectory.getFileName() + " is not built (" + why
                + "). Build it: in the root of the checkout, `mvn -DskipTests package`.");
    }
}
