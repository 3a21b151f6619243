package io.tricolor.console.login;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** The few pages of the login itself. No script and no style: nothing has to be fetched to read them. */
final class DoorPages {

    private static final MediaType HTML = MediaType.parseMediaType("text/html;charset=UTF-8");

    private DoorPages() {}

    /** How to get in where there is no identity provider. */
    static ResponseEntity<String> byCode(boolean out) {
        String before = out
                ? "<p>You are logged out.</p><p lang=\"zh\">您已退出登录。</p>"
                : "<p>Nobody is logged in.</p><p lang=\"zh\">尚未登录。</p>";
        return page(HttpStatus.OK, "", before + """
                <p>Run <code>./tricolor console</code> on the machine of this suite and open the link that it prints.</p>
                <p lang="zh">请在运行本套件的机器上执行 <code>./tricolor console</code>，并打开它输出的链接。</p>""");
    }

    /** The way to the identity provider. */
    static ResponseEntity<String> byProvider(boolean failed) {
        String before = failed
                ? "<p>The login failed.</p><p lang=\"zh\">登录失败。</p>"
                : "<p>You are logged out.</p><p lang=\"zh\">您已退出登录。</p>";
        return page(
                failed ? HttpStatus.FORBIDDEN : HttpStatus.OK,
                "",
                before + "<p><a href=\"/door/login\">Log in</a> · <a lang=\"zh\" href=\"/door/login\">登录</a></p>");
    }

    /** A code that lets nobody in. */
    static ResponseEntity<String> spent() {
        return page(HttpStatus.FORBIDDEN, "", """
                <p>This link was used already, or it is too old. Run <code>./tricolor console</code> for another one.</p>
                <p lang="zh">此链接已被使用或已过期。请执行 <code>./tricolor console</code> 获取新链接。</p>""");
    }

    /**
     * Goes on to a path of this origin by itself. A redirect would still count as coming from elsewhere, and the cookie
     * would not be shown.
     */
    static ResponseEntity<String> goOn(String path) {
        String escaped = path.replace("&", "&amp;").replace("\"", "&quot;").replace("<", "&lt;");
        return page(
                HttpStatus.OK,
                "<meta http-equiv=\"refresh\" content=\"0;url=" + escaped + "\">",
                "<p><a href=\"" + escaped + "\">Go on</a></p>");
    }

    private static ResponseEntity<String> page(HttpStatus status, String head, String body) {
        return ResponseEntity.status(status)
                .cacheControl(CacheControl.noStore())
                .contentType(HTML)
                .body("""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">%s<title>Tricolor</title></head>
            <body><main><h1>Tricolor</h1>%s</main></body>
            </html>
            """.formatted(head, body));
    }
}
