package io.tricolor.cli.text;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What shows the output.
 *
 * @param isInteractive a terminal, on which a line may be changed
 * @param hasColour colours may be used
 * @param width in columns; {@link Integer#MAX_VALUE} where nothing has to fit
 */
public record Terminal(boolean isInteractive, boolean hasColour, int width) {

    /** A file or another program. */
    public static final Terminal NONE = new Terminal(false, false, Integer.MAX_VALUE);

    private static final int USUAL_WIDTH = 100;
    private static final int NARROWEST = 20;

    /** The one that this process writes to. */
    public static Terminal of(Map<String, String> environment) {
        boolean interactive = environment.containsKey("TRICOLOR_TERMINAL")
                || Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent();
        return interactive ? interactive(environment, measured()) : NONE;
    }

    static Terminal interactive(Map<String, String> environment, int measured) {
        String noColour = environment.get("NO_COLOR");
        boolean coloured = (noColour == null || noColour.isEmpty()) && !"dumb".equals(environment.get("TERM"));
        return new Terminal(true, coloured, measured > 0 ? measured : columns(environment.get("COLUMNS")));
    }

    private static int columns(@Nullable String text) {
        return text != null && text.matches("[1-9][0-9]{1,4}")
                ? Math.max(NARROWEST, Integer.parseInt(text))
                : USUAL_WIDTH;
    }

    /** The width that the terminal itself says; 0 when it does not. */
    private static int measured() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return 0;
            }
            String[] size = new String(stty.getInputStream().readNBytes(64), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", -1);
            int width = size.length == 2 ? Integer.parseInt(size[1]) : 0;
            return width == 0 ? 0 : Math.max(NARROWEST, width);
        } catch (IOException | NumberFormatException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }
}
