/** What an application is: its definition, defaults, validation and JSON. */
@NullMarked
package io.tricolor.marathon.app;

import org.jspecify.annotations.NullMarked;
