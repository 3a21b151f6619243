/** The router on nginx with Lua: what it needs, its configuration, its process. */
@NullMarked
package io.tricolor.nginx;

import org.jspecify.annotations.NullMarked;
