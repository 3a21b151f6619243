/** The front door for people: one origin with login, static pages and the API of all services. */
@NullMarked
package io.tricolor.console;

import org.jspecify.annotations.NullMarked;
