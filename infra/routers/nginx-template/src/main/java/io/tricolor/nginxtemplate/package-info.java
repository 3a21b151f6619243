/** Route tables as configuration of an nginx without Lua: rendered, tested, swapped in, reloaded, reported. */
@NullMarked
package io.tricolor.nginxtemplate;

import org.jspecify.annotations.NullMarked;
